"""The measures by their ids: what each is counted from and what form it takes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One measure of the regional conversation.

    Attributes
    ----------
    id, title
        Its name in commands and requests, and in words.
    form
        ``count``, ``share``, ``school`` (a share by school), ``net``, ``seats``, ``need``, ``rank`` or ``metres``.
    parts
        Families of counts, and of each the parts; none named means all.
    """

    id: str
    title: str
    form: str
    parts: tuple[tuple[str, tuple[str, ...]], ...] = ()


MEASURES = {
    one.id: one
    for one in (
        Measure("residents", "students residing here", "count", (("residents", ()),)),
        Measure("attenders", "students attending here", "count", (("attenders", ()),)),
        Measure("stay", "students who live and attend here", "count", (("balance", ("stay",)),)),
        Measure("leave", "residents who attend elsewhere", "count", (("balance", ("leave",)),)),
        Measure("enter", "attenders who live elsewhere", "count", (("entering", ("enter",)),)),
        Measure("net_flow", "enter less leave", "net"),
        Measure("capture", "share of residents who attend here", "share", (("balance", ("stay",)),)),
        Measure("attendance_type", "zoned school, another here, elsewhere", "share",
                (("balance", ("zoned", "other_in_area", "out_of_area")),)),
        Measure("participation", "share who attend their school of right", "share",
                (("balance", ("zoned",)),)),
        Measure("in_boundary", "share of a school's students who live in its zone", "school",
                (("drawing", ("in_boundary",)),)),
        Measure("draw", "share of a school's students from outside its zone", "school",
                (("drawing", ("draw",)),)),
        Measure("in_quality", "share in quality schools, by residence and attendance", "share",
                (("quality_home", ("residence",)), ("quality_school", ("attendance",)))),
        Measure("tier_table", "share of students by rating of the school", "share",
                (("tiers", ()),)),
        Measure("access", "share with a quality school within a distance", "share",
                (("access", ()),)),
        Measure("leave_reason", "why students leave, by rating, room and distance", "share",
                (("leaving", ()),)),
        Measure("coverage", "share of addresses matched", "share", (("coverage", ("matched",)),)),
        Measure("utilisation", "enrolment per seat", "seats"),
        Measure("unfilled_seats", "seats that are empty", "seats"),
        Measure("quality_seat_share", "share of seats in quality schools", "seats"),
        Measure("rating_stability", "share of seats in schools of lasting quality", "seats"),
        Measure("service_gap", "residents less performing seats", "need"),
        Measure("service_level", "residents who find a performing seat", "need"),
        Measure("need_rank", "rank by service gap", "rank"),
        Measure("distance", "metres to the school attended", "metres"),
        Measure("nearest_quality", "metres to the nearest quality school", "metres"),
        Measure("excess_distance", "metres beyond the nearest quality school", "metres"),
    )
}  # fmt: skip

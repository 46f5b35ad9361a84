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
        ``count``, ``share``, ``school`` (a share by school), ``net``, ``seats``, ``need``, ``density``, ``rank``,
        ``ways`` or ``metres``.
    parts
        Families of counts, and of each the parts; none named means all.
    needs_rating
        True where it says nothing of a year without ratings.
    """

    id: str
    title: str
    form: str
    parts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    needs_rating: bool = False

    @property
    def is_share(self) -> bool:
        """True where a value is a part of a whole, and so has a Wilson interval."""
        return self.form in ("share", "school") or self.id in _OTHER_SHARES

    @property
    def of_students(self) -> bool:
        """True where nothing can be told without a list of students."""
        return self.form != "seats" and self.id != "tier_table"

    @property
    def units(self) -> frozenset[str]:
        """The kinds of units that it is made by: ``area``, ``zone``, ``school``."""
        if self.form == "school" or self.id == "school_draw":
            return frozenset(["school"])
        if self.form == "ways":
            return frozenset(["area" if self.id == "flows" else "zone"])
        if self.id == "residents":
            return frozenset(["area", "zone", "hexagons"])
        if self.id == "coverage":  # Unmatched addresses lie in no zone.
            return frozenset(["area"])
        return frozenset(["area", "zone", *(["school"] if self.id in _BY_SCHOOL_TOO else [])])


_OTHER_SHARES = ("quality_seat_share", "service_level", "rating_stability")
_BY_SCHOOL_TOO = ("attenders", "distance", "utilisation", "unfilled_seats", "rating_stability")


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
                (("participating", ("zoned",)),)),
        Measure("in_boundary", "share of a school's students who live in its zone", "school",
                (("drawing", ("in_boundary",)),)),
        Measure("draw", "share of a school's students from outside its zone", "school",
                (("drawing", ("draw",)),)),
        Measure("in_quality", "share in quality schools, by residence and attendance", "share",
                (("quality_home", ("residence",)), ("quality_school", ("attendance",))), needs_rating=True),
        Measure("tier_table", "schools and students by rating", "share",
                (("tiers", ()),), needs_rating=True),
        Measure("access", "share with a quality school within a distance", "share",
                (("access", ()),), needs_rating=True),
        Measure("leave_reason", "why students leave, by rating, room and distance", "share",
                (("leaving", ()),), needs_rating=True),
        Measure("coverage", "share of addresses matched", "share", (("coverage", ()),)),
        Measure("utilisation", "enrolment per seat", "seats"),
        Measure("unfilled_seats", "seats that are empty", "seats"),
        Measure("quality_seat_share", "share of seats in quality schools", "seats", needs_rating=True),
        Measure("rating_stability", "share of seats in schools of lasting quality", "seats"),
        Measure("service_gap", "residents less performing seats", "need", needs_rating=True),
        Measure("service_level", "residents who find a performing seat", "need", needs_rating=True),
        Measure("need_rank", "rank by service gap", "rank", needs_rating=True),
        Measure("programme_density", "programme seats per 100 residents", "density"),
        Measure("flows", "from where to where students travel", "ways"),
        Measure("zone_destinations", "the schools that a zone's students attend", "ways"),
        Measure("school_draw", "the hexagons where a school's students live", "ways"),
        Measure("distance", "metres to the school attended", "metres", needs_rating=True),
        Measure("nearest_quality", "metres to the nearest quality school", "metres", needs_rating=True),
    )
}  # fmt: skip

"""Areas of unmatched students, shared out over the areas of the ZIP that was typed: one row at a time."""


def shown_areas(students, zips, set_id):
    """By row the area of the home, or else of the typed ZIP.

    ``zips`` has ``zip``, ``area_id``, ``addresses``.
    """
    shown = students[f"area_{set_id}"].where(students.geo_status == "matched", None)
    lost = students[(students.geo_status != "matched") & students.typed_zip.notna()]
    for (_, typed), rows in lost.groupby(["year", "typed_zip"]):
        areas = zips[zips.zip == typed].sort_values("area_id")
        order = ["grade", "geo_reason", "geo_match"]
        ordered = rows.sort_values(order, kind="stable", na_position="first")
        total = areas.addresses.sum()
        for place, row in enumerate(ordered.index):
            wanted, before = (place + 0.5) / len(ordered), 0
            for area in areas.itertuples():
                if before / total <= wanted:
                    shown[row] = area.area_id
                before += area.addresses
    return shown

"""The structure tree of a tagged PDF."""


def elements(element):
    """All elements of a structure with their kinds, in the order of reading."""
    element = element.get_object()
    kids = element.get("/K", [])
    yield element
    for kid in kids if isinstance(kids, list) else [kids]:
        if isinstance(kid.get_object(), dict) and "/S" in kid.get_object():
            yield from elements(kid)

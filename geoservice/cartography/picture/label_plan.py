"""The labels of a map with their places, and the list of the names that are numbers."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from geoservice.cartography.picture.label_search import PlacedLabel
from geoservice.cartography.picture.placement import Label


@dataclass(frozen=True, eq=False)
class MapLabel:
    """A label with its name and value.

    Attributes
    ----------
    face
        Colour of the area below it; empty over the ground of the map.
    is_quiet
        True of a name around what the figure measures, which is gray; dark hexagons below a name
        need black.
    """

    label: Label
    feature_id: str
    name: str
    value: str
    face: str = ""
    is_quiet: bool = False

    def name_stands_in(self, text: str) -> bool:
        """Return False of a text that is the value alone."""
        return text != self.value


@dataclass(frozen=True)
class ListedName:
    """A row of the list beside a map: the number on the map, the name, the value."""

    number: str
    name: str
    value: str
    feature_id: str


@dataclass(frozen=True, eq=False)
class LabelPlan:
    """The labels of a map with their places.

    Attributes
    ----------
    listed
        Names that stand on the map as a number, in the order of the numbers.
    unprinted
        How many labels within the map have no place, apart from names around what is measured.
    unnamed
        How many names of features that are measured have no place.
    """

    labels: Sequence[MapLabel]
    placed: Sequence[PlacedLabel]
    listed: Sequence[ListedName]
    unprinted: int
    unnamed: int = 0

    @property
    def missing(self) -> int:
        """Return how many labels have no place, and names of features beyond the map's edge."""
        return max(self.unprinted, self.unnamed)

    @property
    def outside(self) -> int:
        """Return how many numbers of shapes stand outside of their shape, with a line to it."""
        return sum(
            item.leader is not None and self.labels[item.index].label.shape is not None
            for item in self.placed
        )

    def without(self, names: Set[ListedName]) -> "LabelPlan":
        """Return the plan without some names of the list; the numbers of the others close up."""
        listed = [name for name in self.listed if name not in names]
        kept = [name.number for name in listed if name.number]
        numbers = {number: str(place) for place, number in enumerate(kept, 1)}
        count = sum(bool(name.number) for name in names)
        return replace(
            self,
            placed=[
                replace(item, text=numbers[item.text]) if item.is_number else item
                for item in self.placed
                if not item.is_number or item.text in numbers
            ],
            listed=[replace(name, number=numbers.get(name.number, "")) for name in listed],
            unprinted=self.unprinted + count,
            unnamed=self.unnamed + count,
        )

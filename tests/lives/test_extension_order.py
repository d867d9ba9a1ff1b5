"""EXT: whatever is asked, the end never passes thirty-six months."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import add_months
from tests.domain.rules.happenings import opened
from tests.domain.rules.life import MODEST, Life


@MODEST
@given(
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    st.lists(st.integers(1, 200), min_size=1, max_size=6),
)
def test_whatever_is_asked_the_end_never_passes_thirty_six_months(opening: date, waits: list[int]) -> None:
    life = Life(opened(str(opening)))
    last = str(add_months(opening, 36))
    for month, wait in enumerate(waits):
        at = add_months(opening, 17 + month * 4 + wait // 31)
        reply = life.extend(f"{max(at, life.now.date())} 23:{month:02}")
        assert reply.status == 409 or reply.data["ends_on"] <= last
    life.to_the_end()
    assert life.is_closed
    assert life.closed_on is not None
    assert life.closed_on <= last

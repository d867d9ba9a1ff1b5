from datetime import UTC, datetime, timedelta

import pytest

from notifications.retry_after import retry_after

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("7", timedelta(seconds=7)),
        ("99999999999", timedelta(days=1)),
        ("Mon, 16 Nov 2026 09:01:00 GMT", timedelta(minutes=1)),
        ("Mon, 16 Nov 2026 08:00:00 GMT", timedelta()),
        ("bientôt", None),
        (None, None),
    ],
)
def test_retry_after_is_read_in_both_its_forms(header: str | None, pause: timedelta | None) -> None:
    assert retry_after(header, NOW) == pause

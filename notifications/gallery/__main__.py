"""``make letters``: the gallery as a file to open in a browser."""

import sys
from pathlib import Path

from notifications.gallery.page import gallery

if __name__ == "__main__":
    written = Path(sys.argv[1])
    written.write_text(gallery(), encoding="utf-8")
    print(f"every letter is in {written}: open it in a browser")

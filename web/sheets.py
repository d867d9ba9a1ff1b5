"""The practical sheets on thresholds (THR-1): the same for everybody, without a link of one's own."""

from __future__ import annotations

from itertools import groupby

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from domain.sizes import SHEETS
from web.rendering import page


async def show(request: Request) -> Response:
    """What changes at a size, and what is frozen; 404 for another size."""
    size = request.path_params["size"]
    if size not in SHEETS:
        raise HTTPException(404)
    changes = {freeze: tuple(those) for freeze, those in groupby(SHEETS[size], key=lambda it: it.freeze)}
    return page("sheet", size=size, changes=changes, sizes=sorted(SHEETS))

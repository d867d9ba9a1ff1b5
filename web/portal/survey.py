"""``survey``: two questions about a moment, answered once (SAT-1)."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.datastructures import FormData, QueryParams
from starlette.responses import RedirectResponse, Response

from db import portal
from web.desk import Desk
from web.portal.texts import written
from web.portal.visit import Visit
from web.rendering import page

QUESTIONS = {
    "satisfaction": ("Êtes-vous satisfait de notre accompagnement\u00a0?", "pas du tout", "tout à fait"),
    "effort": ("Combien d'efforts cela vous a-t-il demandé\u00a0?", "très peu", "énormément"),
}
MARKS = ("1", "2", "3", "4", "5")
COMMENT_LENGTH = 2000


@dataclass(frozen=True)
class Answers:
    """What was filled in; ``errors`` by question."""

    marks: dict[str, str] = field(default_factory=dict)
    comment: str = field(default="", repr=False)

    @property
    def errors(self) -> dict[str, str]:
        """What is missing or too long, by field."""
        missing = {name: "Choisissez une note de 1 à 5." for name in QUESTIONS if self.marks.get(name) not in MARKS}
        if len(self.comment) > COMMENT_LENGTH:
            missing["comment"] = f"Raccourcissez votre commentaire à {COMMENT_LENGTH} caractères."
        return missing


async def show(desk: Desk, visit: Visit, _query: QueryParams) -> Response:
    """The questions, or thanks once they are answered."""
    async with desk.engine.connect() as connection:
        if await portal.answered(connection, visit.link.siren, visit.link.subject):
            return page("thanks", visit=visit)
    return _questions(visit, Answers(), {}, 200)


async def act(desk: Desk, visit: Visit, form: FormData) -> Response:
    """Keep the first answer; errors are shown beside their question."""
    comment = written(form, "comment")
    answers = Answers({name: str(form.get(name)) for name in QUESTIONS}, comment)
    if answers.errors:
        return _questions(visit, answers, answers.errors, 422)
    marks = {name: int(mark) for name, mark in answers.marks.items()}
    async with desk.engine.begin() as connection:
        await portal.answer(connection, visit.link.siren, visit.link.subject, comment=comment or None, **marks)
    return RedirectResponse(visit.path, 303)


def _questions(visit: Visit, answers: Answers, errors: dict[str, str], status: int) -> Response:
    context = {"questions": QUESTIONS, "marks": MARKS, "answers": answers, "errors": errors, "longest": COMMENT_LENGTH}
    return page("survey", status=status, visit=visit, **context)

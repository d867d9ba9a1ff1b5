"""APT-2, COM-7: the enterprise chooses the moment of its appointment from its message."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from db.tables import notes
from domain.cases import AppointmentStatus
from domain.requests import Ask
from domain.state import Health
from notifications.wording import jour_mail
from tests.web.cases import BRUNO, DOWN, OFFERED, Steps, at, choose, ids, offer, publish, read
from tests.web.conftest import NOW, TODAY, Pages

OTHER = "rdv-of-another"


async def test_free_slots_show_by_day_the_referents_first(pages: Pages) -> None:
    await publish(pages, at(3, 9), agent=BRUNO)
    await publish(pages, at(4, 14), at(3, 16))
    text = await read(pages, await offer(pages))
    shown = ["Avec Alice Martin", jour_mail(TODAY + timedelta(days=3)), "16 h", jour_mail(TODAY + timedelta(days=4))]
    places = [text.index(it) for it in (*shown, "Avec un autre conseiller", "9 h</strong>")]
    assert places == sorted(places)
    assert "Choisissez votre premier rendez-vous" in text


async def test_one_slot_an_hour_is_enough_among_other_agents(pages: Pages) -> None:
    await publish(pages, at(3, 9, "phone"), agent=BRUNO)
    (wider,) = await publish(pages, at(3, 9), agent="chloe.durand")
    text = await read(pages, await offer(pages))
    assert text.count("9 h</strong>") == 1
    assert f"{wider.id} in_person" in text


async def test_a_call_is_offered_only_to_who_can_be_called(pages: Pages) -> None:
    both, call = await publish(pages, at(3, 9, "phone", "video"), at(3, 11, "phone"))
    link = await offer(pages)
    assert f'value="{both.id} phone"' in await read(pages, link)
    await offer(pages, sms=Health.ABSENT)
    text = await read(pages, link)
    assert f'value="{both.id} video"' in text
    assert f"{both.id} phone" not in text
    assert call.id not in text
    assert "nous vous appelons" not in text


async def test_later_days_are_one_link_away(pages: Pages) -> None:
    days = await publish(pages, *(at(day) for day in range(2, 10)))
    link = await offer(pages)
    first = await read(pages, link)
    onward = (TODAY + timedelta(days=8)).isoformat()
    assert days[5].id in first
    assert days[6].id not in first
    assert f'href="{link}?depuis={onward}"' in first
    later = await read(pages, f"{link}?depuis={onward}")
    assert days[6].id in later
    assert days[5].id not in later
    assert "Revenir aux premiers jours" in later
    after = await read(pages, f"{link}?depuis={TODAY + timedelta(days=60)}")
    assert "Aucun moment n'est libre à partir du" in after
    assert "Revenir aux premiers jours" in after
    assert "vous appelle" not in after


async def test_a_day_that_is_none_shows_the_first_days(pages: Pages) -> None:
    (free,) = await publish(pages, at(3))
    assert free.id in await read(pages, f"{await offer(pages)}?depuis=demain")


async def test_a_priority_appointment_is_offered_in_time_only(pages: Pages) -> None:
    soon, late = await publish(pages, at(3), at(9))
    text = await read(pages, await offer(pages, kind="priority", offer_until=NOW + timedelta(days=6)))
    assert soon.id in text
    assert late.id not in text


async def test_booking_holds_the_slot_and_the_page_shows_the_appointment(pages: Pages, steps: Steps) -> None:
    (free,) = await publish(pages, at(3, 14))
    link = await offer(pages)
    answer = await choose(pages, link, free, "phone")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{link}?fait")
    (request,) = steps.asked
    assert (request.ask, request.data) == (
        Ask.BOOK,
        {"appointment": "rdv-1", "by": "enterprise", "slot": free.id, "format": "phone"},
    )
    text = await read(pages, answer.headers["location"])
    for shown in (
        "C'est noté",
        f"{jour_mail(TODAY + timedelta(days=3))} à\u00a014\u00a0h",
        "Alice Martin",
        "nous vous appelons",
    ):
        assert shown in text
    for way in ("?deplacer", "?annuler", "?agenda"):
        assert f'href="{link}{way}"' in text
    assert "<form" not in text


async def test_contracts_and_questions_told_on_booking_prepare_the_first_appointment(
    pages: Pages, steps: Steps
) -> None:
    (free,) = await publish(pages, at(3))
    link = await offer(pages)
    assert "Apprentissage ou alternance" in await read(pages, link)
    form = {"contrat": ["apprenticeship", "permanent", "slavery"], "questions": " Le titre-restaurant ? "}
    for _ in range(2):
        answer = await pages.browser.post(
            link, data={"acte": "reserver", "creneau": f"{free.id} video", "vue": "1", **form}
        )
        assert answer.status_code == 303
    [note] = await pages.rows(notes)
    assert (note.subject, note.author, note.text) == ("book:rdv-1", "enterprise", "Le titre-restaurant ?")
    assert steps.asked[0].data["contracts"] == ["permanent", "apprenticeship"]
    assert steps.asked[0].data["note"] == str(note.id)


async def test_what_was_told_is_still_there_when_the_moment_is_refused(pages: Pages, steps: Steps) -> None:
    (gone,) = await publish(pages, at(3))
    link = await offer(pages)
    await publish(pages, at(4), agent=BRUNO)
    await publish(pages)
    told = {"contrat": "seasonal", "questions": "Les extras ?"}
    for chosen in ("", f"{gone.id} video"):
        answer = await pages.browser.post(link, data={"acte": "reserver", "creneau": chosen, **told})
        assert answer.status_code in (409, 422)
        assert "Les extras ?</textarea>" in unescape(answer.text)
        assert 'value="seasonal" checked' in answer.text
    assert await pages.rows(notes) == []
    too_long = await pages.browser.post(
        link, data={"acte": "reserver", "creneau": f"{gone.id} video", "questions": "x" * 2001}
    )
    assert (too_long.status_code, "2000 caractères" in too_long.text) == (422, True)


async def test_other_appointments_ask_for_questions_alone(pages: Pages) -> None:
    await publish(pages, at(3))
    text = await read(pages, await offer(pages, kind="other"))
    assert "Vos questions" in text
    assert "Les contrats" not in text


async def test_a_double_click_books_once(pages: Pages, steps: Steps) -> None:
    (free,) = await publish(pages, at(3))
    link = await offer(pages)
    answers = [await choose(pages, link, free) for _ in range(2)]
    assert [it.status_code for it in answers] == [303, 303]
    first, second = ids(steps.asked)
    assert first == second
    assert link.removeprefix("/l/") not in first


async def test_a_slot_just_taken_is_said_with_what_remains(pages: Pages, steps: Steps) -> None:
    (left,) = await publish(pages, at(4))
    (gone,) = await publish(pages, at(3), agent=BRUNO)
    link = await offer(pages)
    await publish(pages, agent=BRUNO)
    answer = await choose(pages, link, gone)
    text = unescape(answer.text)
    assert answer.status_code == 409
    assert "<title>Erreur\u00a0: " in text
    assert 'role="alert"' in text
    assert "Ce créneau n'est pas libre, ou ne l'est plus" in text
    assert left.id in text
    assert gone.id not in text


async def test_the_last_slot_just_taken_leaves_nothing_to_choose_and_says_who_will_call(
    pages: Pages, steps: Steps
) -> None:
    (gone,) = await publish(pages, at(3))
    link = await offer(pages)
    await publish(pages)
    answer = await choose(pages, link, gone)
    text = unescape(answer.text)
    assert answer.status_code == 409
    assert "Ce moment n'est plus libre" in text
    assert "choisissez-en un autre" not in text
    assert "Alice Martin vous appelle" in text


async def test_without_a_free_slot_the_page_says_who_will_call(pages: Pages) -> None:
    text = await read(pages, await offer(pages))
    assert "Aucun moment n'est libre pour l'instant" in text
    assert "Alice Martin vous appelle" in text
    assert "<form" not in text


@pytest.mark.parametrize("chosen", ["", "rien", "slot fax", " video"])
async def test_a_choice_that_is_none_is_explained_and_asks_nothing(pages: Pages, steps: Steps, chosen: str) -> None:
    await publish(pages, at(3))
    link = await offer(pages)
    answer = await pages.browser.post(link, data={"acte": "reserver", "creneau": chosen})
    assert answer.status_code == 422
    assert "Choisissez un moment dans la liste." in answer.text
    assert steps.asked == []


async def test_an_act_that_is_none_is_refused(pages: Pages, steps: Steps) -> None:
    assert (await pages.browser.post(await offer(pages), data={"acte": "danser"})).status_code == 400
    assert steps.asked == []


async def test_an_offer_may_be_given_up(pages: Pages, steps: Steps) -> None:
    await publish(pages, at(3))
    link = await offer(pages)
    assert f'href="{link}?annuler"' in await read(pages, link)
    assert "Renoncer à votre premier rendez-vous" in await read(pages, f"{link}?annuler")
    answer = await pages.browser.post(link, data={"acte": "annuler"})
    assert answer.status_code == 303
    assert steps.asked[0].ask is Ask.CANCEL
    assert "Rien n'est réservé" in await read(pages, answer.headers["location"])


ENDED: list[tuple[dict[str, Any], str]] = [
    ({"offer_until": NOW - timedelta(minutes=1)}, "Le temps de choisir est passé"),
    ({"status": AppointmentStatus.EXPIRED}, "Le temps de choisir est passé"),
    ({"status": AppointmentStatus.CANCELLED}, "Rien n'est réservé"),
    ({"status": AppointmentStatus.HELD}, "Merci de cet échange"),
    ({"status": AppointmentStatus.MISSED}, "Nous ne nous sommes pas rencontrés"),
]


@pytest.mark.parametrize(("changes", "words"), ENDED)
async def test_what_is_no_longer_offered_says_so_with_the_contact(
    pages: Pages, steps: Steps, changes: dict[str, Any], words: str
) -> None:
    (free,) = await publish(pages, at(3))
    link = await offer(pages, **changes)
    text = await read(pages, link)
    for shown in (words, "Alice Martin", "01\u00a099\u00a000\u00a000\u00a001"):
        assert shown in text
    assert "<form" not in text
    answer = await choose(pages, link, free)
    assert answer.status_code == 409
    assert words in unescape(answer.text)


async def test_an_offer_withdrawn_since_says_so(pages: Pages) -> None:
    await publish(pages, at(3))
    link = await offer(pages)
    await pages.become(appointments={OFFERED.id: OFFERED}, accountant=True)
    text = await read(pages, link)
    assert "Votre premier rendez-vous n'est plus proposé" in text
    assert "<form" not in text


async def test_the_appointment_of_another_enterprise_is_not_a_link(pages: Pages, steps: Steps) -> None:
    await offer(pages)
    for answer in (
        await pages.browser.get(pages.link("slot", OTHER)),
        await pages.browser.post(pages.link("slot", OTHER), data={"acte": "annuler"}),
    ):
        assert answer.status_code == 404
        assert "Ce lien n'est pas reconnu" in unescape(answer.text)
    assert steps.asked == []


@pytest.mark.parametrize("query", ["", "?annuler", "?fait", "?deplacer", "?acte=reserver"])
async def test_reading_changes_nothing(pages: Pages, query: str) -> None:
    await publish(pages, at(3))
    link = await offer(pages)
    before = await pages.content()
    assert (await pages.browser.get(link + query)).status_code == 200
    assert (await pages.browser.head(link + query)).status_code == 200
    assert await pages.content() == before


async def test_a_journey_that_does_not_answer_can_be_asked_again(pages: Pages, steps: Steps) -> None:
    (free,) = await publish(pages, at(3))
    link = await offer(pages)
    steps.failure = DOWN
    answer = await choose(pages, link, free)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert link in answer.text
    steps.failure = None
    assert (await choose(pages, link, free)).status_code == 303
    first, second = ids(steps.asked)
    assert first == second

"""Hidden tests of `remember_once`."""

from __future__ import annotations

import pytest

from common import PEOPLE
from test_remember_once import Shop, draw_facts, say


@pytest.mark.exercise("remember_once", points=1, rules=(2, 4))
def test_crashed_replayed_and_sent_again(submission):
    """A crash before a put, between two, or in the model; then a replay, and the same message sent again."""
    rng, customer = submission.rng, submission.rng.choice(PEOPLE)
    shop = Shop(submission)
    for number, place in enumerate(({"before": 1}, {"after": 2}, {"model": 1}, {"before": 3})):
        facts = draw_facts(rng, 3)
        message = say(customer, f"t{number}", f"m{number}", [*facts, facts[0]])
        shop.hear([message], crash={"by": "crash", **place})
        shop.hear([{**message, "how": "resume"}])
        shop.assert_once("after a crash and the resume")
        shop.hear([{**message, "how": "replay"}])
        shop.assert_once("after a replay from an old checkpoint")
        shop.hear([message])
        shop.assert_once("after the same message was sent again")


@pytest.mark.exercise("remember_once", points=1, rules=(1, 3, 5))
def test_customers_and_facts_of_any_kind(submission):
    """Customers whose ids are nearly the same, more than ten facts of one, and facts that begin alike."""
    rng, (name, other) = submission.rng, submission.rng.sample(PEOPLE, 2)
    mail = f"{name}@{other}.example"
    customers = [
        mail,
        mail.replace(".", "_"),
        mail.replace(".", "%2E"),
        mail.title(),
        f"{name}@{other}",
        f"{mail}.org",
        name,
        f" {name}",
        f"{name}|{other}",
        f"{name}e\u0308",  # ë, in two letters and in one
        f"{name}ë",
    ]
    long = "lives in a house by the sea, which has " + "very " * 60
    shared = [
        draw_facts(rng, 1)[0],
        f"{long}old walls",
        f"{long}new walls",
        "0",
        "knows C",
        "knows C++",
        "knows C#",
        "sells online",
        "sells on line",
    ]
    shared += [
        "mag Äpfel – täglich 🍏",
        "mag Äpfel – täglich 🍎",
        "is Bob's brother, not Al's",
        "is Al's brother, not Bob's",
        "has 9 m² of lawn",
        "has 9 m2 of lawn",
    ]
    shop = Shop(submission)
    for number, customer in enumerate(customers):
        shop.hear([say(customer, f"t{number}", f"m{number}", [*shared, f"came as no. {number}"])])
    whole = f"{mail}/{'x' * 40}"  # cut into labels of some length, it begins with one of these
    likes = [whole, *(whole[: 2**number] for number in range(6)), mail.encode().hex(), "None"]
    shop.hear(
        [
            say(one, f"like {number}", "m", [shared[0], f"like no. {number}"])
            for number, one in enumerate(likes)
        ]
    )
    shop.assert_once("after twenty customers had said the same")
    many = [f"{fact} {number}" for number in range(98) for fact in draw_facts(rng, 10)]
    shop.hear([say(mail, "t0", "more", many), say(mail, "t9", "again", [*shared, *many[::20], *many[-5:]])])
    shop.assert_once("after many facts were said again")

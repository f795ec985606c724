"""Five at once, sixty a minute, so many a day: counted, told in headers, refused with 429."""

import threading

import pytest

from accounting_sync.sandbox.faults import Fault
from accounting_sync.sandbox.limits import Window, offset


def left(answer):
    return {name: int(answer.headers[name]) for name in answer.headers if name.endswith("-Remaining")}


def problem(answer):
    return answer.status, answer.headers.get("X-Rate-Limit-Problem"), answer.headers.get("Retry-After")


@pytest.fixture
def at_the_start_of_a_minute(clock, kauri):
    clock.forward(seconds=60 - (int(clock().timestamp()) - offset("demo", kauri.id, 60)) % 60)


def test_every_answer_counts_down(signed_in):
    signed_in.get("Organisation")
    assert left(signed_in.get("Organisation")) == {
        "X-DayLimit-Remaining": 4998,
        "X-MinLimit-Remaining": 58,
        "X-AppMinLimit-Remaining": 9998,
    }


@pytest.mark.usefixtures("at_the_start_of_a_minute")
def test_the_sixty_first_call_of_a_minute_is_told_when_to_come_back(signed_in, clock):
    assert {signed_in.get("Organisation").status for _ in range(60)} == {200}
    clock.forward(seconds=20)
    assert problem(signed_in.get("Organisation")) == (429, "minute", "40")
    clock.forward(seconds=40)
    assert signed_in.get("Organisation").status == 200


@pytest.mark.usefixtures("at_the_start_of_a_minute")
def test_a_refused_call_costs_nothing(signed_in):
    for _ in range(60):
        signed_in.get("Organisation")
    before = left(signed_in.get("Organisation"))
    assert left(signed_in.get("Organisation")) == before


def test_each_organisation_has_its_own_minute(signed_in, wattle):
    for _ in range(10):
        signed_in.get("Organisation")
    assert left(signed_in.sign_in(wattle).get("Organisation"))["X-MinLimit-Remaining"] == 59


def test_windows_begin_at_another_moment_for_another_tenant(kauri, wattle):
    assert offset("demo", kauri.id, 86_400) != offset("demo", wattle.id, 86_400)


def test_a_window_is_fixed_not_rolling(clock):
    window = Window(60, offset=int(clock().timestamp()) % 60)
    clock.forward(seconds=59)
    window.spent(clock())
    window.used = 60
    clock.forward(seconds=1)
    assert window.spent(clock()) == 0


def test_the_days_limit_parks_for_hours(signed_in, kauri, clock):
    kauri.settings["daily_calls"] = 3
    for _ in range(3):
        signed_in.get("Organisation")
        clock.forward(seconds=60)
    status, kind, retry_after = problem(signed_in.get("Organisation"))
    assert (status, kind) == (429, "day")
    assert 60 < int(retry_after) <= 86_400


def test_the_sixth_call_at_once_is_refused_without_a_time(signed_in, xero):
    inside, leave, answers = threading.Semaphore(0), threading.Event(), []

    def wait(seconds):
        inside.release()
        leave.wait(10)

    xero.sleep = wait
    xero.faults.add(Fault("slow", times=5))
    threads = [threading.Thread(target=lambda: answers.append(signed_in.get("Organisation"))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert inside.acquire(timeout=10)
    sixth = signed_in.get("Organisation")
    leave.set()
    for thread in threads:
        thread.join()
    assert problem(sixth) == (429, "concurrent", None)
    assert [answer.status for answer in answers] == [200] * 5


@pytest.mark.usefixtures("at_the_start_of_a_minute")
def test_unlimited_counts_on_but_refuses_nothing(signed_in, xero):
    xero.unlimited = True
    answers = [signed_in.get("Organisation") for _ in range(70)]
    assert {answer.status for answer in answers} == {200}
    assert left(answers[-1])["X-MinLimit-Remaining"] == 0


def test_identity_is_not_metered(signed_in):
    for _ in range(70):
        signed_in.get("/connections")
    assert left(signed_in.get("Organisation"))["X-MinLimit-Remaining"] == 59

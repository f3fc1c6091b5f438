"""The one Worker: draining, waking up, failing, stopping."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from core.errors import DatabaseUnavailable
from core.tasks import shielded
from db.pool import Database, Listener, wake
from workers.loop import Worker, renewed


class Counting:
    """A job whose steps do what the test says."""

    name = "counting"
    wakes_on = ("download", "upload")

    def __init__(self, does: Callable[[int], Awaitable[bool]], poll_seconds: float = 60) -> None:
        self.poll_seconds = poll_seconds
        self.steps = 0
        self._does = does
        self._stepped = asyncio.Condition()

    async def step(self) -> bool:
        self.steps += 1
        async with self._stepped:
            self._stepped.notify_all()
        return await self._does(self.steps)

    async def reached(self, steps: int) -> None:
        async with asyncio.timeout(5), self._stepped:
            await self._stepped.wait_for(lambda: self.steps >= steps)


async def test_drain_mode_ends_when_nothing_is_due() -> None:
    async def three(step: int) -> bool:
        return step < 3

    job = Counting(three)
    await Worker(job).run(until_idle=True)
    assert job.steps == 3


async def test_drain_mode_raises_what_fails() -> None:
    async def fails(_: int) -> bool:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        await Worker(Counting(fails)).run(until_idle=True)


async def test_a_wake_up_ends_the_wait_and_so_does_the_poll(database_url: str, database: Database) -> None:
    async def nothing(_: int) -> bool:
        return False

    listener = Listener(database_url)
    woken, polling = Counting(nothing), Counting(nothing, poll_seconds=0.01)
    workers = [Worker(woken, listener), Worker(polling, listener)]
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(listener.run())
        for worker in workers:
            group.create_task(worker.run())
        # The first connection of the listener counts as a wake-up: step 2 proves that it listens.
        await woken.reached(2)
        steps = woken.steps
        await wake(database, "upload")
        await woken.reached(steps + 1)
        await wake(database, "imports")
        await polling.reached(5)
        assert woken.steps == steps + 1
        for worker in workers:
            worker.stop()
        listening.cancel()


async def test_a_failure_is_backed_off_and_the_loop_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.loop.LONGEST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("workers.loop.DATABASE_PAUSE_SECONDS", 0.01)

    async def fails_twice(step: int) -> bool:
        if step == 1:
            raise RuntimeError("broken")
        if step == 2:
            raise DatabaseUnavailable("gone")
        return False

    job = Counting(fails_twice)
    worker = Worker(job)
    async with asyncio.TaskGroup() as group:
        group.create_task(worker.run())
        await job.reached(3)
        worker.stop()
    assert job.steps == 3


async def test_stop_lets_a_step_finish_and_begins_no_other() -> None:
    may_end = asyncio.Event()
    ended: list[int] = []

    async def slow(step: int) -> bool:
        await may_end.wait()
        ended.append(step)
        return True

    job = Counting(slow)
    worker = Worker(job)
    async with asyncio.TaskGroup() as group:
        group.create_task(worker.run())
        await job.reached(1)
        worker.stop()
        may_end.set()
    assert ended == [1]
    assert job.steps == 1


async def test_a_step_that_does_not_end_is_cancelled_but_its_record_is_written() -> None:
    recorded: list[str] = []
    recording, may_end = asyncio.Event(), asyncio.Event()

    async def record() -> None:
        recording.set()
        await may_end.wait()
        recorded.append("done")

    async def endless(step: int) -> bool:
        await shielded(record())
        await asyncio.Event().wait()
        return True

    worker = Worker(Counting(endless), finish_seconds=0)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(worker.run())
        await recording.wait()
        worker.stop()
        asyncio.get_running_loop().call_later(0.02, may_end.set)
    assert recorded == ["done"]


async def test_a_lease_is_renewed_while_the_work_lasts_and_not_after() -> None:
    renewals = 0
    thrice = asyncio.Event()

    async def renew() -> None:
        nonlocal renewals
        renewals += 1
        if renewals == 1:
            raise DatabaseUnavailable("gone for a moment")
        if renewals == 3:
            thrice.set()

    async with asyncio.timeout(5), renewed(renew, 0.03):
        await thrice.wait()
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "lease"]

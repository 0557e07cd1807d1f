"""Runs steps that depend on each other, side by side, and tells how long each one took."""

import concurrent.futures
import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterable, Iterator

WORKERS = 16


@dataclasses.dataclass(frozen=True)
class Step:
    """One thing to do once the named others are done."""

    name: str
    action: Callable[[], object]
    after: tuple[str, ...] = ()


class Progress:
    """One line per thing done: seconds since the start, what, and how long it took itself."""

    def __init__(self) -> None:
        """Start the clock."""
        self._began = time.monotonic()

    def total(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began

    def line(self, what: str, seconds: float) -> None:
        """Print one finished thing."""
        print(f'{self.total():7.1f} s  {what} ({seconds:.1f} s)', flush=True)

    @contextlib.contextmanager
    def during(self, what: str) -> Iterator[None]:
        """Print the line of a thing that is done meanwhile."""
        began = self.total()
        yield
        self.line(what, self.total() - began)

    def timed(self, step: Step) -> str:
        """Do a step, print its line and return its name."""
        with self.during(step.name):
            step.action()
        return step.name


def run(
    steps: Iterable[Step], progress: Progress, abandon: Callable[[], None] = lambda: None,
) -> None:
    """Run every step as soon as those before it are done; the first failure ends it all.

    :param abandon: called at that failure, to make the steps that still run give up
    """
    waiting = {step.name: step for step in steps}
    for step in waiting.values():
        unknown = set(step.after) - set(waiting)
        if unknown:
            raise ValueError(f'{step.name} waits for {unknown}, which nobody does')
    done: set[str] = set()
    running: set[concurrent.futures.Future[str]] = set()
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        while waiting or running:
            for step in [s for s in waiting.values() if done.issuperset(s.after)]:
                running.add(pool.submit(progress.timed, waiting.pop(step.name)))
            if not running:
                raise ValueError(f'these steps wait for each other: {sorted(waiting)}')
            try:
                finished, running = concurrent.futures.wait(
                    running, return_when=concurrent.futures.FIRST_COMPLETED)
                done.update(future.result() for future in finished)
            except BaseException:
                abandon()
                raise

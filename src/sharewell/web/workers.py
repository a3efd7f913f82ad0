"""Worker processes that answer one job at a time and are ended when it takes too long.

A query that the store runs cannot be called off from within, and its results belong to the thread that made them. So
every query is run, and its answer written out, in a process of its own kind: a copy of this one, made by fork, which
has the graph at hand. What takes too long, or what nobody waits for any more, is ended with its process, and a new
one takes its place. Behind the guard of queries stands a wall here too: a worker can open no file and no connection.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

Work = Callable[[bytes], bytes]

ANSWER_LIMIT = 256 * 2**20
"""Bytes of one answer at the most."""
MEMORY_LIMIT = 2 * 2**30
"""Bytes that a worker may take beyond what it starts with, where the system can tell (Linux)."""
_LENGTH = 8


class NoWorkerFree(Exception):
    """All workers are busy, and were for as long as a query may take; or too many others wait already."""


class TookTooLong(Exception):
    """The job was not done within its time; its worker has been ended."""


class WorkerEnded(Exception):
    """The worker ended by itself: an engine came down, or the memory it may take was used up."""


class _Worker:
    """One child process and our end of the pipe to it."""

    def __init__(self, begin: Callable[[], Work], seconds: float) -> None:
        self._socket, theirs = socket.socketpair()
        self._socket.setblocking(False)
        try:
            self.pid = os.fork()
        except OSError:
            self._socket.close()
            theirs.close()
            raise
        if self.pid == 0:
            _be_worker(theirs, begin, seconds)
        theirs.close()

    async def ask(self, job: bytes) -> bytes:
        """The answer to a job. Raises ConnectionError where the worker ends before it is given."""
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(self._socket, len(job).to_bytes(_LENGTH) + job)
        return await self._receive(int.from_bytes(await self._receive(_LENGTH)))

    async def _receive(self, length: int) -> bytes:
        loop = asyncio.get_running_loop()
        buffer = bytearray(length)
        view, done = memoryview(buffer), 0
        while done < length:
            received = await loop.sock_recv_into(self._socket, view[done:])
            if received == 0:
                raise ConnectionResetError("the worker ended")
            done += received
        return bytes(buffer)

    def end(self) -> None:
        """End the process; it has to be waited for afterwards."""
        self._socket.close()
        os.kill(self.pid, signal.SIGKILL)


class Workers:
    """A number of workers, and whoever waits for one."""

    def __init__(self, begin: Callable[[], Work], number: int, seconds: float, most_waiting: int = 256) -> None:
        """Start the workers, each of which calls `begin` once; a job may take `seconds`, and wait as long before it.

        To be called, as is everything here, where no other thread runs: a fork copies only the thread that asks for it.
        """
        self._begin, self._seconds, self._most_waiting = begin, seconds, most_waiting
        self._number = number
        self._waiting = 0
        self._all: set[_Worker] = set()
        self._ended: set[int] = set()
        self._idle: asyncio.Queue[_Worker] = asyncio.Queue()
        for _ in range(number):
            self._start()

    async def ask(self, job: bytes) -> bytes:
        """The answer of the first worker that is free.

        Raises NoWorkerFree, TookTooLong or WorkerEnded. Where the caller is cancelled, so is the job.
        """
        worker = await self._free()
        done = False
        try:
            answer = await asyncio.wait_for(worker.ask(job), self._seconds)
            done = True
            return answer
        except TimeoutError:
            raise TookTooLong from None
        except ConnectionError:
            raise WorkerEnded from None
        finally:
            if done:
                self._idle.put_nowait(worker)
            else:
                self._replace(worker)

    async def _free(self) -> _Worker:
        if self._waiting >= self._most_waiting:
            raise NoWorkerFree
        self._complete()
        self._waiting += 1
        try:
            return await asyncio.wait_for(self._idle.get(), self._seconds)
        except TimeoutError:
            raise NoWorkerFree from None
        finally:
            self._waiting -= 1

    def _start(self) -> None:
        worker = _Worker(self._begin, self._seconds)
        self._all.add(worker)
        self._idle.put_nowait(worker)

    def _replace(self, worker: _Worker) -> None:
        self._all.discard(worker)
        worker.end()
        self._ended.add(worker.pid)
        # A process with much memory takes a while to go; nobody waits for that, the next change looks again.
        self._ended = {pid for pid in self._ended if os.waitpid(pid, os.WNOHANG)[0] == 0}
        self._complete()

    def _complete(self) -> None:
        """Start the workers that are missing; where the system refuses one, the next request tries again."""
        with suppress(OSError):
            while len(self._all) < self._number:
                self._start()

    def close(self) -> None:
        """End all workers and wait until they are gone."""
        for worker in self._all:
            worker.end()
        for pid in self._ended | {worker.pid for worker in self._all}:
            os.waitpid(pid, 0)
        self._all, self._ended = set(), set()


def _be_worker(pipe: socket.socket, begin: Callable[[], Work], seconds: float) -> NoReturn:
    """What the child does until the other end of the pipe is closed; it never returns."""
    try:
        _leave_parent(pipe.fileno())
        work = begin()
        _close_doors()
        with pipe.makefile("rwb") as stream:
            while len(header := stream.read(_LENGTH)) == _LENGTH:
                job = stream.read(int.from_bytes(header))
                # Should nobody be there any more to end this process in time, the system does.
                signal.setitimer(signal.ITIMER_REAL, seconds + 1)
                answer = work(job)
                signal.setitimer(signal.ITIMER_REAL, 0)
                stream.write(len(answer).to_bytes(_LENGTH) + answer)
                stream.flush()
    finally:
        os._exit(0)


def _leave_parent(keep: int) -> None:
    """Let go of what belongs to the parent: its signals, its connections, and whatever would close them."""
    gc.freeze()  # nothing of the parent's is collected here, where its file numbers soon mean something else
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    os.closerange(3, keep)
    os.closerange(keep + 1, os.sysconf("SC_OPEN_MAX"))
    nothing = os.open(os.devnull, os.O_RDWR)  # only now: the parent may have had no file number left
    for stream in range(3):
        os.dup2(nothing, stream)
    if nothing > 2:
        os.close(nothing)


def _close_doors() -> None:
    """From now on no file and no connection can be opened, and the memory is limited."""
    with suppress(OSError):  # only Linux tells, and holds to it
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        _limit(resource.RLIMIT_AS, pages * os.sysconf("SC_PAGE_SIZE") + MEMORY_LIMIT)
    _limit(resource.RLIMIT_NOFILE, 0)


def _limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))

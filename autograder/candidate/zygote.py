"""A warm parent: everything slow is imported once, then each candidate is a fork of it.

It is started by the examiner with a socket and told, once, what to prepare. For every order it
forks a first process into new namespaces; that one forks the candidate, and stays to interrupt
or end it when the examiner says so. When the examiner is gone, all of them end. Where it may not
fork, it becomes the candidate itself.
"""

import gc
import importlib
import json
import os
import random
import select
import signal
import socket
import sys
import threading
import traceback
from typing import Any

from autograder.candidate import sandbox
from autograder.candidate.wire import Channel

# What every notebook does sooner or later, and what is slow the first time.
WARM_UP = [
    "import matplotlib.pyplot as plt\nplt.plot([0, 1], label='$x^2$'); plt.legend()",
    "def wrong():\n    raise ValueError('as every notebook does')\nwrong()",
    "{'a': [1.0, None]}",
]

ORDERS = {b"i": signal.SIGINT, b"k": signal.SIGKILL}


def main() -> None:
    """Prepare as told, then fork a candidate for every order."""
    orders = socket.socket(fileno=int(sys.argv[1]))
    task = json.loads(sys.argv[2])
    if task["uid"] is not None:
        sandbox.uncover_proc()
        os.setgroups([])
        os.setresgid(task["uid"], task["uid"], task["uid"])
        os.setresuid(task["uid"], task["uid"], task["uid"])
        sandbox.LIBC.prctl(sandbox.SET_DUMPABLE, 1, 0, 0, 0)  # or /proc/self is still root's
    notebook = prepare(task["path"], task["preload"])
    place = sandbox.Place(
        task["work"], task["files"], task["readable"], sandbox.Limits(**task["limits"])
    )
    orders.sendall(b"+")
    while True:
        order, fds, *_ = socket.recv_fds(orders, 1, 253)
        if not order:
            os._exit(0)
        if not task["forks"]:
            become(notebook, [socket.socket(fileno=fd) for fd in fds], place)
        pid, owner = sandbox.clone(task["isolated"])
        if not pid:
            orders.close()
            guard, *sockets = (socket.socket(fileno=fd) for fd in fds)
            watch(guard, notebook, sockets, place, owner)
        for fd in fds:
            os.close(fd)
        while _reap():
            pass


def prepare(path: list[str], preload: list[str]) -> Any:
    """Import what the notebooks will import, draw a first figure, and return a fresh shell."""
    sys.path[:] = path
    from autograder.candidate.shell import Notebook

    for module in preload:
        try:
            importlib.import_module(module)
        except Exception:  # a candidate that wants it will meet the same error, and say so
            continue
    notebook = Notebook()
    for cell in WARM_UP:
        notebook.run(cell)
    notebook.reset()
    gc.collect()
    gc.freeze()  # what is here no candidate has to look through
    gc.enable()
    return notebook


def watch(
    guard: socket.socket,
    notebook: Any,
    sockets: list,
    place: sandbox.Place,
    owner: tuple[int, int] | None,
) -> None:
    """The life of the first process: fork the candidate, then do as the examiner says."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if owner is None:
            os.setsid()
        walls = sandbox.settle(place, owner)
        candidate = os.fork()
        if not candidate:
            guard.close()
            live(notebook, sockets, place, walls)
        for sock in sockets:
            sock.close()
        ends = childrens_ends()
        alive = True
        while True:
            happened, _, _ = select.select([guard.fileno(), ends], [], [])
            if ends in happened:
                os.read(ends, 4096)
            while ended := _reap():
                alive = alive and ended != candidate
            said = guard.recv(1) if guard.fileno() in happened else b"-"
            if not said:
                break
            if alive and said in ORDERS:
                os.kill(candidate, ORDERS[said])
    except Exception:
        traceback.print_exc()  # into the examiner's log
    finally:
        if owner is None:
            os.killpg(0, signal.SIGKILL)
        os._exit(0)


def become(notebook: Any, sockets: list, place: sandbox.Place) -> None:
    """The life of a zygote that may not fork: a thread does as the examiner says meanwhile."""
    guard, *others = sockets

    def obey() -> None:
        while said := guard.recv(1):
            if said != b"i":
                break
            os.kill(os.getpid(), signal.SIGINT)
        os._exit(0)

    threading.Thread(target=obey, daemon=True).start()
    live(notebook, others, place, sandbox.settle(place, None))


def live(notebook: Any, sockets: list, place: sandbox.Place, walls: list[str]) -> None:
    """The life of the candidate: close the doors, say so, and work."""
    from autograder.candidate.worker import work

    control, *tests = sockets
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        walls = sandbox.enclose(place, walls, len(tests))
        random.seed(0)
        sys.modules["numpy"].random.seed(0)
        # default_rng() without a seed asks this one for it
        sys.modules["numpy"].random.bit_generator.randbits = random.Random(0).getrandbits
        Channel(control).send({"walls": walls}, [])
        work(notebook, control, tests, alone=sandbox.OWN_VIEW in walls)
    except ConnectionError:
        pass  # the examiner has what it wanted
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(0)


def childrens_ends() -> int:
    """A file descriptor that can be read whenever a child has ended."""
    ends, written = os.pipe()
    os.set_blocking(written, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(written, warn_on_full_buffer=False)
    return ends


def _reap() -> int:
    try:
        return os.waitpid(-1, os.WNOHANG)[0]
    except ChildProcessError:
        return 0


if __name__ == "__main__":
    main()

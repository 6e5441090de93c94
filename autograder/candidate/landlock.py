"""Landlock: the kernel's list of what this process may still open (landlock(7))."""

import ctypes
import os
import stat
import struct

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same number on every machine
ASK_VERSION = 1
PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = (1 << bit for bit in range(4))
REFER, TRUNCATE, DEVICE = 1 << 13, 1 << 14, 1 << 15
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | DEVICE
# How many rights over files each version of the interface knows, and what it restricts besides.
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
TCP, OUTSIDE_SIGNALS_AND_SOCKETS = 3, 3
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")

_syscall = ctypes.CDLL(None, use_errno=True).syscall


def version() -> int:
    """The version of the kernel's interface, 0 where there is none."""
    return max(0, _syscall(CREATE_RULESET, None, 0, ASK_VERSION))


def restrict(readable: list[str], writable: list[str]) -> int:
    """Leave this process what lies under the paths, and nothing else; return the version."""
    abi = version()
    if not abi:
        return 0
    everything = (1 << FILE_RIGHTS[min(abi, 5)]) - 1
    attributes = struct.pack(
        "QQQ",
        everything,
        TCP if abi >= 4 else 0,
        OUTSIDE_SIGNALS_AND_SOCKETS if abi >= 6 else 0,
    )[: 24 if abi >= 6 else 16 if abi >= 4 else 8]
    ruleset = _syscall(CREATE_RULESET, attributes, len(attributes), 0)
    if ruleset < 0:
        return 0
    rights = [(readable, EXECUTE | READ_FILE | READ_DIR), (writable, everything)]
    rights.append((list(DEVICES), READ_FILE | WRITE_FILE))
    for paths, allowed in rights:
        for path in paths:
            _allow(ruleset, path, allowed & everything)
    failed = _syscall(RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)
    return 0 if failed else abi


def _allow(ruleset: int, path: str, allowed: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there need not be allowed
    if not stat.S_ISDIR(os.fstat(fd).st_mode):
        allowed &= ON_FILES
    _syscall(ADD_RULE, ruleset, PATH_BENEATH, struct.pack("=Qi", allowed, fd), 0)
    os.close(fd)

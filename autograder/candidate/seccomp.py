"""Seccomp: the doors that the other walls leave open, shut (seccomp(2)).

Landlock knows nothing of sockets with a name in the file system, and behind one of them may be
a program that does what it is asked with all of its owner's rights. Keys in a keyring outlive
the candidate; the rest are ways into other processes, or ways around this list. An honest
notebook needs none of them; pairs of sockets, as asyncio and multiprocessing use them, stay.
"""

import ctypes
import os
import struct

SET_SECCOMP, FILTER = 22, 2
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# add_key, request_key, keyctl, ptrace, bpf, perf_event_open, userfaultfd, process_vm_readv,
# process_vm_writev, io_uring_setup, io_uring_enter, io_uring_register
FORBIDDEN = {
    "x86_64": [248, 249, 250, 101, 321, 298, 323, 310, 311, 425, 426, 427],
    "aarch64": [217, 218, 219, 117, 280, 241, 282, 270, 271, 425, 426, 427],
}
SOCKET, SOCKETPAIR = {"x86_64": 41, "aarch64": 198}, {"x86_64": 53, "aarch64": 199}
OTHER_NUMBERS = 0x40000000  # x32: the same calls once more
FAMILIES = (2, 10, 16)  # IPv4, IPv6 and netlink, which lead nowhere in a network of one's own
STREAM, KINDS = 1, 0xF
LOAD, EQUAL, AT_LEAST, AND, RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
NUMBER, ARCH, FIRST, SECOND = 0, 4, 16, 24  # where they stand in what the kernel hands over
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | 1  # EPERM

_prctl = ctypes.CDLL(None, use_errno=True).prctl


def restrict() -> bool:
    """Forbid those calls to this process and its children for good; say whether that worked."""
    machine = os.uname().machine
    if machine not in ARCHITECTURE:
        return False
    steps = program(machine)
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    filter_ = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    return _prctl(SET_SECCOMP, FILTER, filter_, 0, 0) == 0


def program(machine: str) -> list[tuple[int, int, int, int]]:
    """What the kernel runs before each call: operation, steps to skip if so, if not, number."""
    forbidden = [(EQUAL, 0, 1, n) for n in FORBIDDEN[machine]]
    return [
        (LOAD, 0, 0, ARCH),
        (EQUAL, 1, 0, ARCHITECTURE[machine]),
        (RETURN, 0, 0, REFUSE),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 0, 1, OTHER_NUMBERS),
        (RETURN, 0, 0, REFUSE),
        *(step for test in forbidden for step in (test, (RETURN, 0, 0, REFUSE))),
        (EQUAL, 0, 5, SOCKET[machine]),
        (LOAD, 0, 0, FIRST),
        *((EQUAL, len(FAMILIES) - i + 4, 0, family) for i, family in enumerate(FAMILIES)),
        (RETURN, 0, 0, REFUSE),
        (EQUAL, 0, 3, SOCKETPAIR[machine]),
        (LOAD, 0, 0, SECOND),
        (AND, 0, 0, KINDS),
        (EQUAL, 0, 1, STREAM),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ]

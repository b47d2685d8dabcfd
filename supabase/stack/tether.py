"""Runs a program that must not outlive the process that asked for it (`python -IS tether.py ...`, see process.py).

A script of its own because the tie is made between fork and exec, after a change of user, where no other code may run.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Arguments: pid of the parent, signal at its death, uid and gid (-1: keep), then the program and its arguments."""
    parent, signal, uid, gid = (int(word) for word in sys.argv[1:5])
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)  # a change of user clears the death signal, so this comes first
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:  # it died before the tie was made
        sys.exit("the stack is gone")
    os.execvp(sys.argv[5], sys.argv[5:])


if __name__ == "__main__":
    main()

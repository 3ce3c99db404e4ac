"""Runs a command under a pseudo-terminal: `pty.py COLUMNS PROGRAM ARGUMENT...`.

What the program writes goes to stdout. A byte on stdin is typed into the terminal. Ends as the program ends.
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios

columns = int(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 40, columns, 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])

sources = [terminal, 0]
while True:
    ready, _, _ = select.select(sources, [], [])
    if 0 in ready:
        typed = os.read(0, 1)
        if typed:
            os.write(terminal, typed)
        else:
            sources.remove(0)
    if terminal in ready:
        try:
            written = os.read(terminal, 65536)
        except OSError:
            break
        if not written:
            break
        os.write(1, written)
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status))

"""python -m hwr"""

import io
import sys

from hwr.cli import main

for stream in (sys.stdout, sys.stderr):
    if isinstance(stream, io.TextIOWrapper):  # a file name may hold what the terminal cannot show
        stream.reconfigure(errors="backslashreplace")
sys.exit(main())

"""`python -m kemilua`."""

import sys

from kemilua.cli import main

sys.exit(main())

"""What bookings tell. Its models multiply small columns: a second thread would only wait, and take 3 times the CPU."""

import os

# Read when numpy is first imported, which nothing outside this app does.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

"""What `make bench` measures."""

import models  # noqa: F401  (sets how the threads of torch wait, which has to come before torch)

"""Tests run two files at a time, beside the servers they need: one thread each leaves room for all."""

import torch

torch.set_num_threads(1)

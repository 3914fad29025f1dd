"""Samples: one cut from one animal or bundle, from registration on."""

from core.samples.changes import SampleChange, edit, submit_again
from core.samples.lists import Page, SampleFilter, SampleRow, authors, page
from core.samples.new import FreshSample, NewSample, PhotoPromise, RawScores
from core.samples.registration import Registered, register
from core.samples.views import SampleView, allowed, get

__all__ = [
    "FreshSample",
    "NewSample",
    "Page",
    "PhotoPromise",
    "RawScores",
    "Registered",
    "SampleChange",
    "SampleFilter",
    "SampleRow",
    "SampleView",
    "allowed",
    "authors",
    "edit",
    "get",
    "page",
    "register",
    "submit_again",
]

"""Run by Python as it starts where `tests.support.speed.environ` says so."""

from tests.support import speed

speed.install()

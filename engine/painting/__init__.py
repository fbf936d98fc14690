"""A painting as a resumable process."""

from engine.painting.painting import Change, Checkpoint, Frame, Making, Painting

__all__ = ["Change", "Checkpoint", "Frame", "Making", "Painting"]

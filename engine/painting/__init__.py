"""A painting as a resumable process."""

from engine.painting.painting import Change, Checkpoint, History, Painting, StepReport

__all__ = ["Change", "Checkpoint", "History", "Painting", "StepReport"]

"""A painting, from its inputs to the finished picture, as a process that can be paused and resumed."""

from engine.painting.painting import Checkpoint, History, Painting, RecipeChange, StepReport

__all__ = ["Checkpoint", "History", "Painting", "RecipeChange", "StepReport"]

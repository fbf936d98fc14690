"""The optimizers that move a picture towards lower losses, and the rules for when a scale is done."""

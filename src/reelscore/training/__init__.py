"""Words of one's own, learnt from one's own music."""

"""Drawing: the geometry of charts and timelines, the same on screen and on paper."""

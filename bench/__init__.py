"""Figures, measured as ratios in one run: these numbers stand in the README, and `make bench` prints them."""

"""Neural networks from the perceptron to Adam: the formulas of the lectures as code."""

__version__ = "0.1.0"

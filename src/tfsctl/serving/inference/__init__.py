"""Between the servable and its outputs: Predict, Classify, Regress, MultiInference."""

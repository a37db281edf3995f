"""What the project promises in numbers, measured side by side in one run: ratios are gated, absolutes reported."""

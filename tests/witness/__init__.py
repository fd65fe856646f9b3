"""What checks the textbook FLOPs of each operation, by the kinds of dispatch/operation.hpp."""

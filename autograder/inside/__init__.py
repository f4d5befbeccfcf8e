"""What runs beside learners' code. It holds no test, no expected value and no verdict."""

"""The engine of 闭环 Bihuan: everything that is true without a browser."""

"""What the libraries' own optimizers do, recorded, so that the tests need none of them."""

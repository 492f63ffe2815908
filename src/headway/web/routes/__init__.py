"""The REST interface, one noun a file. Each module has a `routes`; `web/app.py` lists them."""

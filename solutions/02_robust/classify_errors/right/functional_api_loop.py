def build_lookup(saver, fetch):
    """The functional API, and a loop of our own."""
    senseless = (
        ValueError,
        requests.exceptions.ContentDecodingError,
        requests.TooManyRedirects,
        httpx.DecodingError,
        httpx.TooManyRedirects,
    )
    passing = {429, *range(500, 600)}

    def is_temporary(error):
        response = getattr(error, "response", None)
        if response is not None:
            return response.status_code in passing
        name = f"{type(error).__module__}.{type(error).__name__}"
        return name.startswith(("httpx.", "requests.")) and not isinstance(error, senseless)

    @task
    def ask(sku):
        for pause in (0.01, 0.02):
            try:
                return fetch(sku)
            except Exception as error:
                if not is_temporary(error):
                    raise
            time.sleep(pause)
        return fetch(sku)

    @entrypoint(checkpointer=saver)
    def lookup(given: dict) -> dict:
        return {**given, "price": ask(given["sku"]).result()}

    return lookup

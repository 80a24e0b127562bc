from app import PORT


def address():
    return f"http://127.0.0.1:{PORT}"

def greet():
    return {"hello": "world"}

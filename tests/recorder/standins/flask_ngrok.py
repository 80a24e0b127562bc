"""flask-ngrok 0.0.25, without its tunnel: `app.run` is replaced by a function that calls it."""


def run_with_ngrok(app):
    run = app.run
    app.run = lambda *arguments, **options: run(*arguments, **options)

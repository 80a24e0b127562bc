import click

from shop import create_app


@click.group()
def cli():
    """Manage the shop."""


@cli.command()
@click.option("--port", default=5000)
def serve(port):
    """Start the server."""
    app = create_app()
    app.run(port=port, debug=True)


@cli.command()
def hello():
    click.echo("hello")


if __name__ == "__main__":
    cli()

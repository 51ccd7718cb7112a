"""Models of service ports, calls and roads, by which apps reach each other."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sixfold_compiler.model import patterns
from sixfold_compiler.model.base import Duration, Model, Name, OneOf, PortName, PortNumber

__all__ = ["Call", "Callee", "External", "Port", "Road", "Roads"]

Host = Annotated[str, Field(pattern=patterns.HOST, max_length=253)]
UrlPath = Annotated[str, Field(pattern=patterns.PATH, max_length=1024)]
Caller = Annotated[str, Field(pattern=patterns.CALLER)]
Callee = Annotated[str, Field(pattern=patterns.CALLEE, max_length=81)]  # two names and a slash


class Port(Model):
    """A port of the service; containers listen on `targetPort` (the same number unless given)."""

    name: PortName = Field(description="the port's name; layers merge ports by it")
    port: PortNumber = Field(description="the number that callers use")
    target_port: PortNumber | None = Field(
        None, description="the number that the container listens on; default: `port`"
    )
    protocol: Literal["TCP", "UDP", "SCTP"] | None = Field(None, description="default: TCP")
    app_protocol: Literal["http", "http2", "grpc", "tcp", "tls"] | None = Field(
        None, description="the protocol, by which the gateway handles requests; default: http, or tcp for UDP and SCTP"
    )


class Call(OneOf):
    """A call of this app: to another app by a road, or to `host` and `port` outside the fleet."""

    choices: ClassVar[tuple[str, ...]] = ("app", "host")

    app: Callee | None = Field(
        None,
        description=(
            "an app of the fleet, as `app` or `team/app`; its road must list this app or team as a caller. The name"
            " alone means the team that owns it in the environment; if the owner has changed, the team must be written"
        ),
    )
    road: Literal["intra-dc", "inter-dc", "direct"] | None = Field(None, description="default: intra-dc")
    data_center: Name | None = Field(None, description="the other data center of an inter-dc call")
    host: str | None = Field(None, description="a host outside the fleet")
    port: PortNumber | None = Field(None, description="the port of `host`")


class Road(Model):
    """A road: a path by which callers reach this app, and the callers that may use it."""

    port: PortName | None = Field(None, description="default: every port that the road can carry")
    callers: list[Caller] | None = Field(None, description="`team`, `team/app` or `*`; default: the app's own team")
    timeout: Duration | None = Field(None, description="longest time for a request, such as `2s`")


class External(Road):
    """The road from outside: a host and a path at the edge."""

    host: Host | None = Field(
        None, description="default: the host of the fleet's naming scheme; `*.` and a suffix for all hosts below it"
    )
    path: UrlPath = Field("/", description="prefix of the paths, in complete segments; one app owns a host and path")
    shared_with: list[Caller] | None = Field(
        None,
        description=(
            "`team`, `team/app` or `*`: owners of paths below this one, or of hosts below a wildcard. Default: the"
            " app's own team; for the root of the fleet's own host, every team"
        ),
    )
    load_balancer: bool | None = Field(
        None, description="a network load balancer of the app's own, for other protocols than HTTP"
    )


class Roads(Model):
    """The roads to this app. Without any, an app with ports has an intra-dc road for its own team."""

    intra_dc: Road | None = Field(
        None, alias="intra-dc", description="from the same data center, on any of its clusters"
    )
    inter_dc: Road | None = Field(None, alias="inter-dc", description="from another data center of the environment")
    external: External | None = Field(None, description="from the internet")
    direct: Road | None = Field(None, description="TCP, headless or stateful: inside one cluster only")

    @property
    def by_name(self) -> dict[str, Road]:
        """The roads that are set, by their names in a manifest."""
        roads = {"intra-dc": self.intra_dc, "inter-dc": self.inter_dc, "external": self.external, "direct": self.direct}
        return {name: road for name, road in roads.items() if road is not None}

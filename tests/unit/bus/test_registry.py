from core.bus import AgentCard
from core.clock import ManualClock
from tests.unit.bus.home import Home


def _card(name: str, version: str = "1") -> AgentCard:
    return AgentCard(agent=name, version=version, capabilities=("answers",), kinds=(f"{name}.do",))


def test_agents_are_listed_as_they_announced_themselves(home: Home) -> None:
    clock = ManualClock()
    with home.bus(clock) as bus:
        assert bus.registry.announce([_card("B"), _card("A")]) == 2
        cards = bus.registry.agents()
    assert [card.agent for card in cards] == ["A", "B"]
    assert cards[0].model_copy(update={"registered_at": None}) == _card("A")
    assert cards[0].registered_at == clock.now()


def test_only_what_changed_is_written_again(home: Home) -> None:
    clock = ManualClock()
    with home.bus(clock) as bus:
        bus.registry.announce([_card("A"), _card("B")])
        assert bus.registry.announce([_card("A"), _card("B")]) == 0
        clock.advance(1)
        assert bus.registry.announce([_card("A", "2"), _card("B")]) == 1
        assert [(card.agent, card.version) for card in bus.registry.agents()] == [("A", "2"), ("B", "1")]

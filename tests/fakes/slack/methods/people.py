"""auth.test, users, bots, the team and user groups."""

from __future__ import annotations

from tests.fakes.slack.calls import Call
from tests.fakes.slack.models import SlackError, Usergroup
from tests.fakes.slack.names import APP, BOT, BOT_NAME, BOT_USER, TEAM, TEAM_DOMAIN
from tests.fakes.slack.wire import Json
from tests.fakes.slack.world import World


def auth_test(world: World, call: Call) -> Json:
    return {
        "url": f"https://{TEAM_DOMAIN}.slack.com/",
        "team": "Docs team",
        "user": BOT_NAME,
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT,
        "is_enterprise_install": False,
    }


def bot_info(world: World, call: Call) -> Json:
    if call.text("bot") not in ("", BOT):
        raise SlackError("bot_not_found")
    names = {"id": BOT, "name": BOT_NAME, "app_id": APP, "user_id": BOT_USER}
    return {"bot": names | {"deleted": False, "updated": 1, "icons": {}}}


def team_info(world: World, call: Call) -> Json:
    return {"team": {"id": TEAM, "name": "Docs team", "domain": TEAM_DOMAIN, "email_domain": ""}}


def user_info(world: World, call: Call) -> Json:
    user = world.users.get(call.text("user"))
    if user is None:
        raise SlackError("user_not_found")
    profile = {"real_name": user.real_name, "display_name": user.name, "team": TEAM}
    found: Json = {
        "id": user.id,
        "team_id": TEAM,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": False,
        "tz": "Europe/Berlin",
        "profile": profile,
        "is_admin": user.is_admin,
        "is_owner": False,
        "is_bot": user.is_bot,
        "is_restricted": False,
    }
    if call.flag("include_locale"):
        found["locale"] = user.locale
    return {"user": found}


def usergroups(world: World, call: Call) -> Json:
    users = call.flag("include_users")
    return {"usergroups": [_usergroup(group, users=users) for group in world.usergroups.values()]}


def usergroup_users(world: World, call: Call) -> Json:
    group = world.usergroups.get(call.text("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}


def _usergroup(group: Usergroup, *, users: bool) -> Json:
    found: Json = {
        "id": group.id,
        "team_id": TEAM,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "description": "",
        "date_delete": 0,
        "user_count": len(group.users),
    }
    return found | ({"users": list(group.users)} if users else {})

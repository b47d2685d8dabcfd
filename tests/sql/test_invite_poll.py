from sql_world import World, b64, new_id


async def test_only_the_joiners_device(world: World) -> None:
    owner, joiner = await world.device(), await world.device()
    request = await world.join(joiner, await world.invite(owner, await world.group(owner)))
    for caller in (owner, await world.device(), await world.device(joiner.user_id)):
        async with world.refusal("request_unknown", 404):
            await world.call(caller, "invite_poll", request_id=request)
    assert await world.call(joiner, "invite_poll", request_id=request) == {
        "request_id": request,
        "state": "kp_submitted",
        "reason": None,
        "group_id": None,
        "joined_seq": None,
        "welcome": None,
        "mac": None,
        "admitted_by": None,
    }


async def test_a_used_welcome_is_not_served_again(world: World) -> None:
    owner, joiner = await world.device(), await world.device()
    id_ = await world.group(owner)
    request = await world.join(joiner, await world.invite(owner, id_))
    await world.call(owner, "invite_claim", request_id=request)
    await world.call(owner, "invite_complete", request_id=request, **await world.commit_of(id_, added=[joiner]))
    assert (await world.call(joiner, "invite_poll", request_id=request))["welcome"]
    await world.call(joiner, "group_join", group_id=id_)
    reply = await world.call(joiner, "invite_poll", request_id=request)
    assert (reply["state"], reply["group_id"], reply["joined_seq"], reply["welcome"]) == ("complete", id_, 1, None)


async def test_a_device_added_without_an_invite_polls_by_the_group(world: World) -> None:
    owner, joiner = await world.device(), await world.device()
    id_ = await world.group(owner, joiner)
    reply = await world.call(joiner, "invite_poll", request_id=id_)
    assert (reply["state"], reply["group_id"], reply["joined_seq"]) == ("complete", id_, 1)
    assert (reply["welcome"], reply["admitted_by"]) == (b64(b"welcome " + joiner.device_id.encode()), owner.user_id)
    stranger = await world.device()
    async with world.refusal("request_unknown", 404):
        await world.call(stranger, "invite_poll", request_id=id_)
    await world.call(joiner, "group_join", group_id=id_)
    async with world.refusal("request_unknown", 404):
        await world.call(joiner, "invite_poll", request_id=id_)


async def test_an_unknown_request(world: World) -> None:
    caller = await world.device()
    for id_ in (new_id(), None):
        async with world.refusal("request_unknown", 404):
            await world.call(caller, "invite_poll", request_id=id_)

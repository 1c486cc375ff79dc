// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {JobBoard} from "../src/JobBoard.sol";
import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {IJobBoard} from "../src/interfaces/IJobBoard.sol";
import {BoardTest} from "./base/BoardTest.sol";

/// @title Delivering: what binds a result to the request, and who is paid.
contract BoardDeliverTest is BoardTest {
    uint256 private constant FORGER_KEY = 0xF063E4;

    function test_deliver_paysAgentAndRequester() public {
        IJobBoard.Request memory r = asked();
        IJobBoard.Delivery memory d = done(r);
        bytes32 digest = digestOf7(d.run);
        bytes memory signature = sign(PROVIDER_KEY, d.result);
        vm.expectEmit(address(board));
        emit IJobBoard.Delivered(requestId(r), d.deal.creator, d.result.deal, MANIFEST, digest, PRICE, 7);
        bring(r, d, signature);
        assertLane(r, IJobBoard.State.Delivered);
        assertEq(board.creditOf(d.deal.creator), PRICE + BOARD_FEE, "agent: what it paid, and the fee");
        assertEq(board.creditOf(REQUESTER), BID - PRICE, "requester: the rest");
        vm.prank(stranger);
        board.withdraw(d.deal.creator);
        board.withdraw(REQUESTER);
        assertEq(token.balanceOf(d.deal.creator), PRICE + BOARD_FEE, "agent");
        assertEq(token.balanceOf(REQUESTER), FUNDS - PRICE - BOARD_FEE, "requester");
        assertEq(token.balanceOf(address(board)), 0, "nothing stays");
    }

    function test_deliver_takesEveryOutcomeAndExitCode() public {
        bytes[3] memory texts = [bytes("timeout"), "out-of-memory", "disk-full"];
        for (uint256 i = 0; i < 4; ++i) {
            IJobBoard.Order memory order = orderFor(address(0));
            order.lane = i;
            IJobBoard.Request memory r = asked(order);
            IJobBoard.Delivery memory d = deliveryOf(r, firstAgent(r), 0);
            bytes32 digest;
            if (i == 3) {
                d.run.exitCode = 200;
                digest = sha256(
                    abi.encodePacked(
                        hex"a3667374646f7574d82a58250001551220",
                        d.run.stdout,
                        hex"676f757470757473d82a58250001701220",
                        d.run.outputs,
                        hex"6865786974436f646518c8"
                    )
                );
            } else {
                d.run.outcome = uint8(i + 1);
                bytes1 head = bytes1(uint8(0x60 + texts[i].length));
                digest = sha256(abi.encodePacked(hex"a1676f7574636f6d65", head, texts[i]));
            }
            d.result.commitment = keccak256(abi.encode(idOf(d.deal), digest, SALT));
            openFor(d);
            settleFor(d);
            vm.warp(turnOf(r, d.seat) + 1);
            bring(r, d);
            assertTrue(board.isResult(r, MANIFEST, digest), "result");
        }
    }

    function test_deliver_failsIfRunIsNotWhatWasSigned() public {
        (IJobBoard.Request memory r, IJobBoard.Delivery memory d, bytes memory signature) = _ready();
        IJobBoard.Run memory run = runOf();
        for (uint256 i = 0; i < 6; ++i) {
            d.run = runOf();
            if (i == 0) d.run.exitCode = 0;
            if (i == 1) d.run.stdout = sha256("other");
            if (i == 2) d.run.outputs = sha256("other");
            if (i == 3) d.run.salt = "other";
            if (i == 4) d.run.stdoutCodec = 0x70;
            if (i == 5) d.run.outcome = 1;
            vm.expectPartialRevert(IJobBoard.WrongResult.selector);
            bring(r, d, signature);
        }
        d.run = run;
        d.run.outcome = 4;
        vm.expectPartialRevert(IJobBoard.OutOfRange.selector);
        bring(r, d, signature);
        d.run = run;
        d.run.stdoutCodec = 0x71;
        vm.expectPartialRevert(IJobBoard.OutOfRange.selector);
        bring(r, d, signature);
    }

    function test_deliver_failsIfNotTheProviderSigned() public {
        (IJobBoard.Request memory r, IJobBoard.Delivery memory d,) = _ready();
        bytes memory signature = sign(ownerKey(d.seat), d.result);
        reverts(abi.encodeWithSelector(IJobBoard.BadSignature.selector, provider));
        bring(r, d, signature);
        signature = sign(PROVIDER_KEY, d.result);
        d.result.manifest = "another";
        reverts(abi.encodeWithSelector(IJobBoard.BadSignature.selector, provider));
        bring(r, d, signature);
    }

    function test_deliver_failsForAnotherSpec() public {
        IJobBoard.Request memory r = asked();
        IJobBoard.Delivery memory d = deliveryOf(r, firstAgent(r), 0);
        d.deal.spec = "another";
        _close(r, d);
        bytes memory signature = sign(PROVIDER_KEY, d.result);
        reverts(abi.encodeWithSelector(IJobBoard.WrongSpec.selector, r.spec, bytes32("another")));
        bring(r, d, signature);
    }

    function test_deliver_failsForADealOfAnotherRequest() public {
        IJobBoard.Order memory order = orderFor(address(0));
        IJobBoard.Request memory first = asked(order);
        order.lane = 1;
        IJobBoard.Request memory second = asked(order);
        IJobBoard.Delivery memory d = done(first);
        vm.warp(second.createdAt + 3 * TURN);
        bytes memory signature = sign(PROVIDER_KEY, d.result);
        reverts(abi.encodeWithSelector(IJobBoard.WrongNonce.selector, d.deal.nonce, requestId(second)));
        bring(second, d, signature);
        bring(first, d);
    }

    function test_deliver_takesALaterAttempt() public {
        IJobBoard.Request memory r = asked();
        uint256 seat = firstAgent(r);
        openFor(deliveryOf(r, seat, 0)); // its provider never finishes
        IJobBoard.Delivery memory d = deliveryOf(r, seat, 0xff);
        _close(r, d);
        bring(r, d);
        assertLane(r, IJobBoard.State.Delivered);
    }

    function test_deliver_failsIfResultIsOfAnotherDeal() public {
        (IJobBoard.Request memory r, IJobBoard.Delivery memory d,) = _ready();
        d.result.deal = "another";
        bytes memory signature = sign(PROVIDER_KEY, d.result);
        vm.expectPartialRevert(IJobBoard.WrongResult.selector);
        bring(r, d, signature);
    }

    function test_deliver_failsIfChargeIsAboveTheBid() public {
        IJobBoard.Order memory order = orderFor(address(0));
        order.bid = PRICE - 1;
        IJobBoard.Request memory r = asked(order);
        IJobBoard.Delivery memory d = done(r);
        bytes memory signature = sign(PROVIDER_KEY, d.result);
        reverts(abi.encodeWithSelector(IJobBoard.ChargeAboveBid.selector, PRICE, PRICE - 1));
        bring(r, d, signature);
    }

    function test_deliver_failsUntilTheDealIsOver() public {
        IJobBoard.Request memory r = asked();
        IJobBoard.Delivery memory d = deliveryOf(r, firstAgent(r), 0);
        vm.warp(turnOf(r, d.seat));
        d.deal.openBefore = block.timestamp + 120;
        d = _resealed(d);
        bytes memory signature = sign(PROVIDER_KEY, d.result);
        _notClosed(r, d, signature, IDealEscrow.State.None);
        openFor(d);
        _notClosed(r, d, signature, IDealEscrow.State.Open);
        submit(d.deal, d.result);
        _notClosed(r, d, signature, IDealEscrow.State.Submitted);
        settleFor(d);
        bring(r, d, signature);
    }

    function test_deliver_failsInDispute() public {
        IJobBoard.Request memory r = asked();
        IJobBoard.Delivery memory d = deliveryOf(r, firstAgent(r), 0);
        IDealEscrow.Deal memory terms = committeeDeal(d.deal.nonce);
        (terms.creator, terms.spec) = (d.deal.creator, d.deal.spec);
        d.deal = terms;
        d = _resealed(d);
        openFor(d);
        submit(d.deal, d.result);
        vm.prank(d.deal.creator);
        escrow.challenge(d.deal, d.result, "");
        vm.warp(turnOf(r, d.seat));
        bytes memory signature = sign(PROVIDER_KEY, d.result);
        _notClosed(r, d, signature, IDealEscrow.State.Disputed);
    }

    function test_deliver_failsBeforeItsTurn() public {
        IJobBoard.Order memory order = orderFor(address(0));
        order.turns = 20; // most seats have a later one
        IJobBoard.Request memory r = asked(order);
        uint256 late = 0;
        while (turnOf(r, late) < r.createdAt + TURN) ++late;
        IJobBoard.Delivery memory d = deliveryOf(r, late, 0);
        openFor(d);
        settleFor(d);
        bytes memory signature = sign(PROVIDER_KEY, d.result);
        vm.warp(turnOf(r, late) - 1);
        reverts(abi.encodeWithSelector(IJobBoard.TooEarly.selector, turnOf(r, late), turnOf(r, late) - 1));
        bring(r, d, signature);
        vm.warp(turnOf(r, late));
        bring(r, d, signature);
    }

    function test_deliver_failsForWhoHasNoSeat() public {
        (IJobBoard.Request memory r, IJobBoard.Delivery memory d, bytes memory signature) = _ready();
        uint256 seat = (d.seat + 1) % firstSeats();
        d.seat = seat;
        vm.warp(r.createdAt + 3 * TURN);
        reverts(abi.encodeWithSelector(IJobBoard.NotAgent.selector, d.deal.creator, seat));
        bring(r, d, signature);
    }

    function test_deliver_failsForASeatTakenAfterTheRequest() public {
        IJobBoard.Request memory r = asked();
        vm.warp(r.createdAt + 1);
        takeSeats(1, JS);
        IJobBoard.Delivery memory d = deliveryOf(r, 3, 0);
        escrow.deposit(ownerOf(3), FUNDS);
        _close(r, d);
        bytes memory signature = sign(PROVIDER_KEY, d.result);
        reverts(abi.encodeWithSelector(IJobBoard.NotAgent.selector, ownerOf(3), 3));
        bring(r, d, signature);
    }

    function test_deliver_failsForASeatThatWasLeavingBefore() public {
        for (uint256 seat = 0; seat < firstSeats(); ++seat) {
            vm.prank(ownerOf(seat));
            theCourt.askExit(seat);
        }
        vm.warp(block.timestamp + 1);
        IJobBoard.Request memory r = asked();
        IJobBoard.Delivery memory d = done(r);
        bytes memory signature = sign(PROVIDER_KEY, d.result);
        reverts(abi.encodeWithSelector(IJobBoard.NotAgent.selector, d.deal.creator, d.seat));
        bring(r, d, signature);
    }

    function test_deliver_failsIfBothPartiesAreOne() public {
        IJobBoard.Request memory r = asked();
        IJobBoard.Delivery memory d = deliveryOf(r, firstAgent(r), 0);
        d.deal.provider = d.deal.creator;
        d = _resealed(d);
        vm.prank(d.deal.creator);
        escrow.burn(d.deal.nonce); // looks closed
        vm.warp(turnOf(r, d.seat));
        bytes memory signature = sign(ownerKey(d.seat), d.result);
        reverts(abi.encodeWithSelector(IJobBoard.SameParty.selector, d.deal.creator));
        bring(r, d, signature);
    }

    function test_deliver_isTheAgentsAlone() public {
        (IJobBoard.Request memory r, IJobBoard.Delivery memory d, bytes memory signature) = _ready();
        address[3] memory others = [provider, REQUESTER, stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            reverts(abi.encodeWithSelector(IJobBoard.NotAgent.selector, others[i], d.seat));
            vm.prank(others[i]);
            board.deliver(r, d, signature);
        }
    }

    /// @dev The escrow knows a closed deal by its used nonce alone, so whatever names that nonce looks closed.
    function test_deliver_failsForADealThatSomebodyMadeUp() public {
        IJobBoard.Request memory r = asked();
        IJobBoard.Delivery memory d = deliveryOf(r, firstAgent(r), 0);
        openFor(d); // an honest agent's deal has only begun
        vm.warp(turnOf(r, d.seat));
        d.deal.provider = vm.addr(FORGER_KEY);
        d.run.stdout = sha256("whatever the forger likes");
        d = _resealed(d);
        bytes memory signature = sign(FORGER_KEY, d.result);
        (IDealEscrow.State state,,) = escrow.statusOfDeal(d.deal);
        assertEq(uint256(state), uint256(IDealEscrow.State.Closed), "never opened, and closed");
        reverts(abi.encodeWithSelector(IJobBoard.NotAgent.selector, d.deal.provider, d.seat));
        vm.prank(d.deal.provider);
        board.deliver(r, d, signature);
    }

    /// @dev Its own deal, which ended without a result: what it signs on its own goes nowhere.
    function test_deliver_failsForAProviderThatForfeited() public {
        IJobBoard.Request memory r = asked();
        IJobBoard.Delivery memory d = deliveryOf(r, firstAgent(r), 0);
        openFor(d);
        vm.prank(provider);
        escrow.forfeit(d.deal);
        vm.warp(turnOf(r, d.seat));
        bytes memory signature = sign(PROVIDER_KEY, d.result);
        reverts(abi.encodeWithSelector(IJobBoard.NotAgent.selector, provider, d.seat));
        vm.prank(provider);
        board.deliver(r, d, signature);
    }

    /// @dev In one second the same order has the same id, so none is answered before the second is over.
    function test_deliver_failsInTheSecondOfTheRequest() public {
        IJobBoard.Order memory order = orderFor(address(0));
        order.turns = 1;
        IJobBoard.Request memory r = asked(order);
        IJobBoard.Delivery memory d = deliveryOf(r, 0, 0);
        openFor(d);
        settleFor(d);
        bytes memory signature = sign(PROVIDER_KEY, d.result);
        reverts(abi.encodeWithSelector(IJobBoard.TooEarly.selector, r.createdAt + 1, r.createdAt));
        bring(r, d, signature);
        vm.warp(r.createdAt + 1);
        bring(r, d, signature);
        IJobBoard.Request memory again = asked(order);
        assertTrue(requestId(again) != requestId(r), "another id");
        vm.warp(again.createdAt + 1);
        reverts(abi.encodeWithSelector(IJobBoard.WrongNonce.selector, d.deal.nonce, requestId(again)));
        bring(again, d, signature);
    }

    function test_deliver_failsAtAnotherBoard() public {
        JobBoard other = new JobBoard(address(escrow));
        vm.prank(REQUESTER);
        token.approve(address(other), type(uint256).max);
        IJobBoard.Request memory r = asked();
        IJobBoard.Request memory there = placed(REQUESTER, orderFor(address(0)), address(other));
        vm.prank(REQUESTER);
        assertEq(other.request(orderFor(address(0)), SPEC_BLOCK), requestId(there), "id");
        assertTrue(requestId(there) != requestId(r), "the same order at two boards at once");
        IJobBoard.Delivery memory d = done(r);
        bytes memory signature = sign(PROVIDER_KEY, d.result);
        vm.warp(r.createdAt + 3 * TURN);
        vm.prank(d.deal.creator);
        vm.expectPartialRevert(IJobBoard.WrongNonce.selector);
        other.deliver(there, d, signature);
        bring(r, d, signature);
    }

    /// @dev Whatever the provider signs as a manifest, a delivered request is over: no word of a lane can be forged by it.
    function testFuzz_deliver_endsTheRequestWhateverTheManifest(bytes32 manifest, uint256 pick) public {
        IJobBoard.Request memory r = asked();
        IJobBoard.Delivery memory d = deliveryOf(r, firstAgent(r), 0);
        bytes32 id = requestId(r);
        d.result.manifest = pick % 4 == 0 ? id : pick % 4 == 1 ? bytes32((uint256(id) & ~uint256(3)) | 1) : manifest;
        _close(r, d);
        bytes memory signature = sign(PROVIDER_KEY, d.result);
        bring(r, d, signature);
        reverts(abi.encodeWithSelector(IJobBoard.WrongRequestState.selector, id, IJobBoard.State.Delivered));
        bring(r, d, signature);
        vm.warp(r.createdAt + BOARD_TIMEOUT + 1);
        reverts(abi.encodeWithSelector(IJobBoard.WrongRequestState.selector, id, IJobBoard.State.Delivered));
        board.refund(r);
    }

    /// @dev What comes out is what went in, for all amounts.
    function testFuzz_deliver_paysOutWhatWasPaidIn(uint256 bid, uint256 fee, uint256 charge) public {
        IJobBoard.Order memory order = orderFor(address(0));
        (order.bid, order.fee) = (bound(bid, 0, 1000 ether), bound(fee, 0, 1000 ether));
        IJobBoard.Request memory r = asked(order);
        IJobBoard.Delivery memory d = deliveryOf(r, firstAgent(r), 0);
        d.deal.price = order.bid;
        d.result.charge = bound(charge, 0, order.bid);
        d = _resealed(d);
        _close(r, d);
        bring(r, d);
        assertEq(board.creditOf(d.deal.creator), d.result.charge + order.fee, "agent");
        assertEq(board.creditOf(REQUESTER), order.bid - d.result.charge, "requester");
        assertEq(token.balanceOf(address(board)), order.bid + order.fee, "held");
    }

    function _ready()
        private
        returns (IJobBoard.Request memory r, IJobBoard.Delivery memory d, bytes memory signature)
    {
        r = asked();
        d = done(r);
        signature = sign(PROVIDER_KEY, d.result);
    }

    /// @dev Opens and settles, and waits for the turn.
    function _close(IJobBoard.Request memory r, IJobBoard.Delivery memory d) private {
        IJobBoard.Delivery memory sealed_ = _resealed(d);
        d.result = sealed_.result;
        openFor(d);
        settleFor(d);
        if (block.timestamp < turnOf(r, d.seat)) vm.warp(turnOf(r, d.seat));
    }

    /// @dev The Result again, after the deal was changed.
    function _resealed(IJobBoard.Delivery memory d) private pure returns (IJobBoard.Delivery memory) {
        bytes32 dealId = idOf(d.deal);
        bytes32 commitment = keccak256(abi.encode(dealId, digestOf7(d.run), SALT));
        d.result = IDealEscrow.Result(dealId, commitment, d.result.manifest, d.result.charge);
        return d;
    }

    function _notClosed(
        IJobBoard.Request memory r,
        IJobBoard.Delivery memory d,
        bytes memory signature,
        IDealEscrow.State state
    ) private {
        reverts(abi.encodeWithSelector(IJobBoard.DealNotClosed.selector, d.result.deal, state));
        bring(r, d, signature);
    }
}

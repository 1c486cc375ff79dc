// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../src/interfaces/ICourt.sol";
import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {CourtTest} from "./base/CourtTest.sol";

/// @title From the challenge to a round with its seats.
contract CourtDrawTest is CourtTest {
    uint256 private constant PROBES_A_CALL = 48;

    function test_begin_failsIfNotByEscrow() public {
        reverts(abi.encodeWithSelector(ICourt.NotEscrow.selector, creator));
        vm.prank(creator);
        theCourt.begin(keccak256("deal"));
    }

    function test_begin_waitsForASeed() public {
        submitDeal(committeeDeal(1), RIGHT);
        vm.expectEmit(address(theCourt));
        emit ICourt.Armed(id, 0, block.number + 4);
        challengeDeal();
        ICourt.Dispute memory d = theCourt.disputeOf(id);
        assertPhase(ICourt.Phase.Drawing);
        assertTrue(!d.seeded && d.deadline == 0 && d.members == 0, "nothing drawn");
        assertEq(d.seatCount, SEATS, "positions");
        assertTrue(d.challengedAt == block.timestamp && d.roundAt == block.timestamp, "times");
        (bytes32 ticket, bytes32 digest) = theCourt.evidenceOf(id);
        assertEq(uint256(ticket), block.number + 4, "ticket");
        assertEq(digest, 0, "nothing revealed");
    }

    // ---- the seed

    function test_draw_failsIfSeedIsPending() public {
        dispute(1, RIGHT);
        uint256 ticket = block.number + 4;
        for (uint256 i = 0; i <= 4; ++i) {
            reverts(abi.encodeWithSelector(ICourt.SeedPending.selector, id, ticket));
            theCourt.draw(deal);
            vm.roll(block.number + 1);
        }
        theCourt.draw(deal);
        assertPhase(ICourt.Phase.Voting);
    }

    function test_draw_takesTheSeedUpToTheLastBlock() public {
        dispute(1, RIGHT);
        vm.roll(block.number + 4 + 256);
        theCourt.draw(deal);
        assertPhase(ICourt.Phase.Voting);
    }

    function test_draw_failsIfSeedIsMissed() public {
        dispute(1, RIGHT);
        uint256 ticket = block.number + 4;
        vm.roll(ticket + 257);
        reverts(abi.encodeWithSelector(ICourt.SeedMissed.selector, id, ticket));
        theCourt.draw(deal);
    }

    /// @dev Every probe as docs/court.md says, over everything that is there.
    function test_draw_takesTheSeatsThatTheSeedSays(bytes32 seed) public {
        dispute(1, RIGHT);
        bool[] memory excluded = new bool[](SEATS);
        uint256[] memory expected = _seed(seed, 0, excluded, 3);
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectEmit(address(theCourt));
            emit ICourt.Drawn(id, ownerOf(expected[i]), 0, i, expected[i]);
        }
        vm.expectEmit(address(theCourt));
        emit ICourt.VotingBegan(id, 0, block.timestamp + VOTE_WINDOW);
        theCourt.draw(deal);
        _assertMembers(0, expected);
        ICourt.Dispute memory d = theCourt.disputeOf(id);
        assertTrue(d.seeded && d.seated == 3 && d.phase == ICourt.Phase.Voting, "seated");
        assertEq(d.deadline, block.timestamp + VOTE_WINDOW, "voteBy");
        (bytes32 kept,) = theCourt.evidenceOf(id);
        assertEq(kept, seed, "seed");
    }

    // ---- who is passed over

    function test_draw_passesOverSeatsThatCannotServe(bytes32 seed) public {
        bool[] memory excluded = new bool[](SEATS);
        for (uint256 seat = 0; seat < 40; seat += 5) {
            vm.prank(ownerOf(seat));
            theCourt.askExit(seat);
            excluded[seat] = true;
        }
        vm.warp(block.timestamp + EXIT_DELAY + 1);
        for (uint256 seat = 0; seat <= 20; seat += 5) {
            vm.prank(ownerOf(seat));
            theCourt.leaveSeat(seat);
        }
        // the last one left is the first one taken; the first stays a vacancy
        assertEq(takeSeat(creator, WASM), 20, "of the creator");
        assertEq(takeSeat(provider, WASM), 15, "of the provider");
        assertEq(takeSeat(stranger, JS | DOCKER), 10, "without the capability");
        assertEq(takeSeat(ownerOf(500), WASM | DOCKER), 5, "with more than is needed");
        excluded[5] = false;
        vm.warp(block.timestamp + ACTIVATION + 1);
        submitDeal(_needing(WASM), RIGHT);
        challengeDeal();
        uint256[] memory expected = _seed(seed, 0, excluded, 3);
        theCourt.draw(deal);
        _assertMembers(0, expected);
    }

    function test_draw_passesOverSeatsThatBecameActiveWithTheChallenge(bytes32 seed) public {
        vm.warp(block.timestamp + 1 days);
        takeSeats(SEATS, JS);
        uint256 from = block.timestamp + ACTIVATION;
        vm.warp(from - 100);
        submitDeal(committeeDeal(1), RIGHT);
        bool[] memory excluded = new bool[](2 * SEATS);
        for (uint256 i = SEATS; i < 2 * SEATS; ++i) {
            excluded[i] = true;
        }
        vm.warp(from);
        challengeDeal();
        uint256[] memory expected = _seed(seed, 0, excluded, 3);
        theCourt.draw(deal);
        _assertMembers(0, expected);
        // one second later the same seats may be drawn
        vm.warp(from + 1);
        dispute(2, RIGHT);
        expected = _seed(seed, 0, new bool[](2 * SEATS), 3);
        theCourt.draw(deal);
        _assertMembers(0, expected);
    }

    function test_draw_exitCountsIfAskedBeforeTheChallenge(bytes32 seed) public {
        submitDeal(committeeDeal(1), RIGHT);
        bool[] memory excluded = new bool[](SEATS);
        for (uint256 i = 0; i < 20; ++i) {
            excluded[i] = true;
            vm.prank(ownerOf(i));
            theCourt.askExit(i);
        }
        vm.warp(block.timestamp + 1);
        for (uint256 i = 20; i < 25; ++i) {
            vm.prank(ownerOf(i));
            theCourt.askExit(i); // in the second of the challenge: too late to be passed over
        }
        challengeDeal();
        uint256[] memory expected = _seed(seed, 0, excluded, 3);
        theCourt.draw(deal);
        _assertMembers(0, expected);
    }

    /// @dev A third of the stake as the fee puts all of it at risk; a little less leaves just enough for one more deal.
    function test_draw_passesOverSeatsWithTooMuchAtRisk(bytes32 seed) public {
        bool[] memory excluded = new bool[](SEATS);
        for (uint256 i = 1; i <= 8; ++i) {
            bool isFull = i % 2 == 0;
            IDealEscrow.Deal memory terms = committeeDeal(i);
            terms.seatFee = isFull ? SEAT_STAKE / 3 : SEAT_STAKE / 3 - FEE;
            terms.collateral = 3 * terms.seatFee;
            submitDeal(terms, RIGHT);
            challengeDeal();
            drawAll();
            for (uint256 m = 0; isFull && m < 3; ++m) {
                excluded[theCourt.memberOf(id, m).seat] = true;
            }
        }
        dispute(9, RIGHT);
        uint256[] memory expected = _seed(seed, 0, excluded, 3);
        theCourt.draw(deal);
        _assertMembers(0, expected);
    }

    function test_draw_takesAnOwnerOnce(bytes32 seed) public {
        // the first owner has as many seats as all others together
        for (uint256 i = 0; i < SEATS; ++i) {
            takeSeat(ownerOf(0), JS);
        }
        vm.warp(block.timestamp + ACTIVATION + 1);
        dispute(1, RIGHT);
        _seed(seed, 0, new bool[](2 * SEATS), 3);
        theCourt.draw(deal);
        uint256 count;
        for (uint256 i = 0; i < 3; ++i) {
            if (memberOwner(i) == ownerOf(0)) ++count;
        }
        assertTrue(count <= 1, "once");
    }

    function test_draw_ofAnAppealTakesNobodyAgain(bytes32 seed) public {
        dispute(1, RIGHT);
        bool[] memory excluded = new bool[](SEATS);
        uint256[] memory first = _seed(seed, 0, excluded, 3);
        theCourt.draw(deal);
        judgeAll(RIGHT);
        vm.warp(block.timestamp + 10);
        // asked to leave before the appeal: serves no more
        vm.prank(ownerOf(13));
        theCourt.askExit(13);
        excluded[13] = true;
        vm.warp(block.timestamp + 1);
        vm.prank(creator);
        theCourt.appeal(deal, 1);
        for (uint256 i = 0; i < 3; ++i) {
            excluded[first[i]] = true;
        }
        uint256[] memory expected = _seed(seed, 1, excluded, 7);
        theCourt.draw(deal);
        _assertMembers(3, expected);
    }

    // ---- limits

    function test_draw_failsIfOver() public {
        dispute(1, RIGHT);
        drawAll();
        reverts(abi.encodeWithSelector(ICourt.WrongPhase.selector, id, ICourt.Phase.Voting));
        theCourt.draw(deal);
    }

    /// @dev The first call fixes the seed and stops after 48 misses; later calls go on from there, up to the end of the window.
    function test_draw_goesOnUpToItsWindow() public {
        submitDeal(_needing(DOCKER), RIGHT);
        challengeDeal();
        rollToSeed();
        theCourt.draw(deal);
        uint256 deadline = block.timestamp + REVEAL_WINDOW;
        ICourt.Dispute memory d = theCourt.disputeOf(id);
        assertEq(d.cursor, PROBES_A_CALL, "probes");
        assertEq(d.deadline, deadline, "drawBy");
        vm.roll(block.number + 1000); // the seed is stored: nothing is missed any more
        vm.warp(deadline);
        theCourt.draw(deal);
        assertEq(theCourt.disputeOf(id).cursor, 2 * PROBES_A_CALL, "more probes");
        vm.warp(deadline + 1);
        reverts(abi.encodeWithSelector(IDealEscrow.TooLate.selector, deadline, deadline + 1));
        theCourt.draw(deal);
    }

    function test_draw_failsIfExhausted() public {
        _exhaust();
        reverts(abi.encodeWithSelector(ICourt.NothingToDraw.selector, id));
        theCourt.draw(deal);
    }

    function test_tally_dropsAnExhaustedRoundAtOnce() public {
        _exhaust();
        vm.expectEmit(address(theCourt));
        emit ICourt.Undrawn(id, 0);
        theCourt.tally(deal);
        ICourt.Dispute memory d = theCourt.disputeOf(id);
        assertTrue(d.phase == ICourt.Phase.Judged && d.deadline == 0 && !d.providerWrong, "provider right, for good");
        finish();
        assertGainsOfParties(-int256(PRICE), int256(PRICE));
    }

    function test_tally_dropsARoundThatWasNotDrawnInItsWindow() public {
        // two that can serve, so that somebody is drawn and excused
        takeSeats(2, DOCKER);
        vm.warp(block.timestamp + ACTIVATION + 1);
        submitDeal(_needing(DOCKER), RIGHT);
        challengeDeal();
        rollToSeed();
        while (theCourt.disputeOf(id).seated != 2) {
            theCourt.draw(deal);
        }
        assertEq(theCourt.seatAt(SEATS).risk, 3 * FEE, "at risk");
        uint256 deadline = theCourt.disputeOf(id).deadline;
        vm.warp(deadline);
        reverts(abi.encodeWithSelector(IDealEscrow.TooEarly.selector, deadline + 1, deadline));
        theCourt.tally(deal);
        vm.warp(deadline + 1);
        theCourt.tally(deal);
        assertStanding(0, ICourt.Standing.Excused);
        assertStanding(1, ICourt.Standing.Excused);
        for (uint256 i = SEATS; i < SEATS + 2; ++i) {
            assertEq(theCourt.seatAt(i).risk, 0, "released");
            assertEq(theCourt.seatAt(i).stake, SEAT_STAKE, "kept");
        }
        finish();
        assertGainsOfParties(-int256(PRICE), int256(PRICE));
    }

    // ---- rearming

    function test_rearm_failsIfNotMissed() public {
        dispute(1, RIGHT);
        uint256 ticket = block.number + 4;
        vm.roll(ticket);
        reverts(abi.encodeWithSelector(ICourt.SeedNotMissed.selector, id, ticket));
        theCourt.rearm(id);
        vm.roll(ticket + 256);
        reverts(abi.encodeWithSelector(ICourt.SeedNotMissed.selector, id, ticket));
        theCourt.rearm(id);
    }

    function test_rearm_failsIfSeeded() public {
        submitDeal(_needing(DOCKER), RIGHT);
        challengeDeal();
        rollToSeed();
        theCourt.draw(deal);
        vm.roll(block.number + 1000);
        (bytes32 seed,) = theCourt.evidenceOf(id);
        reverts(abi.encodeWithSelector(ICourt.SeedNotMissed.selector, id, uint256(seed)));
        theCourt.rearm(id);
    }

    function test_rearm_failsIfNotDrawing() public {
        reverts(abi.encodeWithSelector(ICourt.WrongPhase.selector, id, ICourt.Phase.None));
        theCourt.rearm(id);
    }

    function test_rearm_threeTimesThenTheRoundIsDropped() public {
        dispute(1, RIGHT);
        for (uint256 i = 1; i <= 3; ++i) {
            vm.roll(block.number + 4 + 257);
            reverts(abi.encodeWithSelector(ICourt.WrongPhase.selector, id, ICourt.Phase.Drawing));
            theCourt.tally(deal);
            vm.expectEmit(address(theCourt));
            emit ICourt.Armed(id, 0, block.number + 4);
            theCourt.rearm(id);
            assertEq(theCourt.disputeOf(id).rearms, i, "rearms");
        }
        reverts(abi.encodeWithSelector(ICourt.WrongPhase.selector, id, ICourt.Phase.Drawing));
        theCourt.tally(deal); // the last ticket may still come
        vm.roll(block.number + 4 + 257);
        reverts(abi.encodeWithSelector(ICourt.TooManyRearms.selector, id, 3));
        theCourt.rearm(id);
        theCourt.tally(deal);
        assertPhase(ICourt.Phase.Judged);
    }

    function test_rearm_givesAnotherSeed() public {
        dispute(1, RIGHT);
        vm.roll(block.number + 4 + 257);
        theCourt.rearm(id);
        drawAll();
        assertPhase(ICourt.Phase.Voting);
        assertEq(theCourt.disputeOf(id).rearms, 1, "rearms");
    }

    // ---- helpers

    function assertGainsOfParties(int256 ofCreator, int256 ofProvider) private view {
        assertEq(escrow.freeOf(creator), uint256(int256(FUNDS) + ofCreator), "creator");
        assertEq(escrow.freeOf(provider), uint256(int256(FUNDS) + ofProvider), "provider");
    }

    function _needing(uint256 needs) private view returns (IDealEscrow.Deal memory terms) {
        terms = committeeDeal(block.timestamp); // a nonce not used before
        terms.needs = needs;
    }

    function _exhaust() private {
        submitDeal(_needing(DOCKER), RIGHT);
        challengeDeal();
        rollToSeed();
        for (uint256 i = 0; i < 20; ++i) {
            theCourt.draw(deal);
        }
        assertEq(theCourt.disputeOf(id).cursor, 960, "probes");
    }

    function _position(bytes32 seed, uint256 round, uint256 cursor, uint256 positions) private view returns (uint256) {
        return uint256(keccak256(abi.encode(seed, id, round, cursor))) % positions;
    }

    /// @dev Makes the round's seed `seed` and says which seats it must bring; `excluded` lists all positions.
    function _seed(bytes32 seed, uint256 round, bool[] memory excluded, uint256 size)
        private
        returns (uint256[] memory expected)
    {
        vm.assume(seed != 0); // a block's hash is not
        rollToSeed();
        vm.setBlockhash(block.number - 1, seed);
        bool[] memory taken = new bool[](excluded.length);
        expected = new uint256[](size);
        uint256 found;
        for (uint256 cursor = 0; found < size; ++cursor) {
            uint256 seat = _position(seed, round, cursor, excluded.length);
            if (excluded[seat] || taken[seat]) continue;
            taken[seat] = true;
            expected[found++] = seat;
        }
    }

    function _assertMembers(uint256 first, uint256[] memory expected) private view {
        ICourt.Member[] memory members = theCourt.membersOf(id);
        assertEq(members.length, first + expected.length, "members");
        for (uint256 i = 0; i < expected.length; ++i) {
            ICourt.Member memory m = members[first + i];
            assertEq(m.seat, expected[i], "seat");
            assertTrue(m.standing == ICourt.Standing.Drawn && m.vote == 0, "drawn");
        }
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../../src/interfaces/ICourt.sol";
import {IDealEscrow} from "../../src/interfaces/IDealEscrow.sol";
import {CourtTest} from "./CourtTest.sol";
import {FeeReference} from "./FeeReference.sol";

/// @title Compares what a finished dispute has paid, account by account and to the unit, with the reference.
/// @dev A path is run in a call that undoes itself at its end: nothing is left for the next one but the clock.
abstract contract FeeTest is CourtTest {
    /// @dev What a member did: the number of its digest, maybe with OR_TIMEOUT, or one of the last two.
    uint256 internal constant R = 0;
    uint256 internal constant A = 1;
    uint256 internal constant B = 2;
    uint256 internal constant T = 3;
    uint256 internal constant SILENT = 4;
    uint256 internal constant DECLINED = 5;
    uint256 internal constant OR_TIMEOUT = 8;

    uint256 internal constant CHARGE = PRICE / 3;
    address internal lender1 = address(0x1E4D1);
    address internal lender2 = address(0x1E4D2);

    error Done();

    struct Member {
        uint256 seat;
        uint256 round;
        uint256 did;
    }

    function setUp() public virtual override {
        super.setUp();
        escrow.deposit(lender1, 7 * FEE);
        escrow.deposit(lender2, 15 * FEE);
    }

    function digestOf(uint256 number) internal pure returns (bytes32) {
        return number == R ? RIGHT : number == A ? WRONG_A : number == B ? WRONG_B : TIMEOUT;
    }

    /// @dev With a charge and a collateral that do not divide well.
    function disputeOver(uint256 number) internal {
        IDealEscrow.Deal memory terms = committeeDeal(1 + number);
        terms.collateral = 3 * FEE + 1;
        (deal, id, given) = (terms, idOf(terms), digestOf(number));
        result = IDealEscrow.Result(id, keccak256(abi.encode(id, given, SALT)), keccak256("manifest"), CHARGE);
        open(terms);
        submit(terms, result);
        challengeDeal();
    }

    /// @param path a call to this contract that ends with Done
    function runs(bytes memory path) internal {
        (bool success, bytes memory reason) = address(this).call(path);
        if (!success && bytes4(reason) == Done.selector) return;
        assembly ("memory-safe") {
            revert(add(reason, 0x20), mload(reason))
        }
    }

    /// @param members in the order of their indexes
    /// @param opened the number of the digest of the provider's commitment, or FeeReference.NONE
    function assertPaid(Member[] memory members, uint256 opened, uint256 rounds) internal view {
        FeeReference.Outcome memory o = FeeReference.outcomeOf(
            roundsOf(members, opened, rounds), opened, FeeReference.Terms(PRICE, CHARGE, deal.collateral, FEE)
        );
        assertEq(escrow.freeOf(creator), FUNDS - PRICE - 3 * FEE + o.toCreator, "creator");
        assertEq(escrow.freeOf(provider), FUNDS - deal.collateral + o.toProvider, "provider");
        _assertLender(lender1, 7, rounds > 1 && !o.refunded[0]);
        _assertLender(lender2, 15, rounds > 2 && !o.refunded[1]);
        _assertSeats(members, opened, o);
        assertEq(escrow.freeOf(NOBODY), o.paidSeats == 0 ? o.pot : 0, "nobody");
        _assertPromise(o);
    }

    /// @dev A member that accepts a timeout counts for it where it is claimed.
    function roundsOf(Member[] memory members, uint256 opened, uint256 count)
        internal
        pure
        returns (FeeReference.Round[] memory rounds)
    {
        rounds = new FeeReference.Round[](count);
        for (uint256 i = 0; i < members.length; ++i) {
            FeeReference.Round memory round = rounds[members[i].round];
            uint256 did = _countsAs(members[i].did, opened);
            if (did == SILENT) ++round.silent;
            else if (did == DECLINED) ++round.declined;
            else ++round.votes[did];
        }
    }

    function _countsAs(uint256 did, uint256 opened) private pure returns (uint256) {
        if (did < OR_TIMEOUT) return did;
        return opened == T ? T : did - OR_TIMEOUT;
    }

    function _assertLender(address lender, uint256 size, bool lost) private view {
        assertEq(escrow.freeOf(lender), lost ? 0 : size * FEE, "lender");
    }

    /// @dev Every seat, its owner, and that the court keeps the stakes and nothing else.
    function _assertSeats(Member[] memory members, uint256 opened, FeeReference.Outcome memory o) private view {
        bool anyRight = _anyFor(members, opened, o.digest);
        uint256 rest = o.paidSeats == 0 ? 0 : o.pot % o.paidSeats;
        uint256 lost;
        for (uint256 i = 0; i < members.length; ++i) {
            uint256 did = _countsAs(members[i].did, opened);
            bool isVote = did < SILENT;
            uint256 loss = did == DECLINED ? FEE : !isVote || (o.decided && did != o.digest) ? 3 * FEE : 0;
            uint256 gain;
            if (isVote && (!anyRight || did == o.digest)) {
                gain = o.pot / o.paidSeats + rest;
                rest = 0;
            }
            ICourt.Seat memory seat = theCourt.seatAt(members[i].seat);
            assertEq(seat.stake, SEAT_STAKE - loss, "stake");
            assertEq(seat.risk, 0, "risk");
            assertEq(escrow.freeOf(seat.owner), gain, "share");
            lost += loss;
        }
        assertEq(escrow.freeOf(address(theCourt)), firstSeats() * SEAT_STAKE - lost, "court");
    }

    function _anyFor(Member[] memory members, uint256 opened, uint256 digest) private pure returns (bool) {
        for (uint256 i = 0; i < members.length; ++i) {
            if (_countsAs(members[i].did, opened) == digest) return true;
        }
        return false;
    }

    /// @dev What docs/court.md promises, whatever the reference says.
    function _assertPromise(FeeReference.Outcome memory o) private view {
        // a round that agrees pays everybody that was right at least a fee
        if (o.honest) assertTrue(o.pot >= o.paidSeats * FEE, "a fee each");
        if (o.wrong) {
            uint256 back = escrow.freeOf(creator);
            assertTrue(back == FUNDS || (o.paidSeats == 0 && back == FUNDS + deal.collateral), "creator whole");
        } else {
            assertEq(escrow.freeOf(provider), FUNDS + CHARGE, "provider whole, and paid");
            // its charge is all that the creator loses beside the deposit
            assertTrue(escrow.freeOf(creator) <= FUNDS - CHARGE, "creator gains nothing");
        }
    }
}

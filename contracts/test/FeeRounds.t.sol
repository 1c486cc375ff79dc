// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Court} from "../src/Court.sol";
import {ICourt} from "../src/interfaces/ICourt.sol";
import {FeeReference} from "./base/FeeReference.sol";
import {FeeTest} from "./base/FeeTest.sol";
import {CourtHarness} from "./mocks/CourtHarness.sol";

/// @title Every way through one, two and three rounds, by counts of right, wrong and silent seats; any mixture at random.
contract FeeRoundsTest is FeeTest {
    /// @dev A first round has 10 triples of counts, a second 36, a third 136: 10 + 10 · 36 + 10 · 36 · 136 paths, in five parts that
    /// run side by side.
    uint256 private constant PARTS = 5;
    uint256 private constant PATHS_OF_PART = 49_330 / PARTS;

    function firstSeats() internal pure override returns (uint256) {
        return 60;
    }

    function newCourt(address ofEscrow) internal override returns (Court) {
        return new CourtHarness(ofEscrow, address(randomness), settings());
    }

    // Seats vote for the provider's digest, for another, or not: by symmetry this is every way of a provider that is wrong as well.

    function test_rounds_part0() public {
        _allOfPart(0);
    }

    function test_rounds_part1() public {
        _allOfPart(1);
    }

    function test_rounds_part2() public {
        _allOfPart(2);
    }

    function test_rounds_part3() public {
        _allOfPart(3);
    }

    function test_rounds_part4() public {
        _allOfPart(4);
    }

    /// @dev The commitment is opened in the first round or never, so without it there is one round.
    function test_rounds_providerSilent() public {
        disputeOver(R);
        for (uint256 right = 0; right <= 3; ++right) {
            for (uint256 wrong = 0; wrong + right <= 3; ++wrong) {
                uint256[6] memory counts;
                (counts[0], counts[1]) = (right, wrong);
                runs(abi.encodeCall(this.path, (counts, 1, FeeReference.NONE)));
            }
        }
    }

    /// @dev Four digests, votes that accept a timeout, declined seats, and a round that was never drawn.
    function test_rounds_anyMixture(uint256 seed, uint8 number, uint8 rounds, bool opens, bool dropped) public {
        rounds = opens ? uint8(bound(rounds, 1, 3)) : 1;
        number = uint8(bound(number, R, T));
        disputeOver(number);
        Member[] memory members = new Member[](firstSeats());
        uint256 count;
        for (uint256 round = 0; round < rounds; ++round) {
            uint256 voters = 0;
            // a declined one has a replacement; the last ones have to serve, so that there are seats enough
            for (; voters < _sizeOf(round); ++count) {
                uint256 did = _did(uint256(keccak256(abi.encode(seed, count))), count < 30);
                members[count] = Member(count, round, did);
                if (did != DECLINED) ++voters;
            }
        }
        assembly ("memory-safe") {
            mstore(members, count)
        }
        _payOut(members, opens ? number : FeeReference.NONE, rounds, dropped && rounds < 3 && opens);
        assertPaid(members, opens ? number : FeeReference.NONE, rounds);
    }

    /// @dev Mostly right or mostly anything, so that rounds agree and do not.
    function _did(uint256 dice, bool mayDecline) private pure returns (uint256) {
        uint256[12] memory faces =
            [R, R, R, A, SILENT, A, B, T, R | OR_TIMEOUT, A | OR_TIMEOUT, T | OR_TIMEOUT, DECLINED];
        return faces[(dice >> 8) % (dice % 2 == 0 ? 5 : mayDecline ? 12 : 11)];
    }

    function _allOfPart(uint256 part) private {
        vm.pauseGasMetering(); // about 2^33
        disputeOver(R);
        uint256[6] memory counts;
        assertEq(_from(0, counts, part), PATHS_OF_PART, "paths");
    }

    /// @dev Every pair of counts for this round; each ends here, or goes on to the next one.
    /// @param counts for and against the provider in each round; the others are silent
    /// @param part of the first round's pairs
    function _from(uint256 round, uint256[6] memory counts, uint256 part) private returns (uint256 paths) {
        uint256 size = _sizeOf(round);
        uint256 pair;
        for (uint256 right = 0; right <= size; ++right) {
            for (uint256 wrong = 0; wrong + right <= size; ++wrong) {
                if (round == 0 && pair++ % PARTS != part) continue;
                (counts[2 * round], counts[2 * round + 1]) = (right, wrong);
                runs(abi.encodeCall(this.path, (counts, round + 1, R)));
                ++paths;
                if (round < 2) paths += _from(round + 1, counts, part);
            }
        }
    }

    function path(uint256[6] calldata counts, uint256 rounds, uint256 opened) external {
        Member[] memory members = new Member[](rounds == 1 ? 3 : rounds == 2 ? 10 : 25);
        uint256 next;
        for (uint256 round = 0; round < rounds; ++round) {
            uint256 size = _sizeOf(round);
            for (uint256 i = 0; i < size; ++i) {
                uint256 did = i < counts[2 * round] ? R : i < counts[2 * round] + counts[2 * round + 1] ? A : SILENT;
                members[next] = Member(next, round, did);
                ++next;
            }
        }
        _payOut(members, opened, rounds, false);
        assertPaid(members, opened, rounds);
        revert Done();
    }

    function _payOut(Member[] memory members, uint256 opened, uint256 rounds, bool dropped) private {
        uint256 excused = dropped ? 2 : 0;
        ICourt.Member[] memory records = new ICourt.Member[](members.length + excused);
        for (uint256 i = 0; i < members.length; ++i) {
            records[i] = _record(members[i]);
        }
        for (uint256 i = 0; i < excused; ++i) {
            records[members.length + i] =
                ICourt.Member(uint32(58 + i), uint8(rounds), ICourt.Standing.Excused, bytes26(0));
        }
        address[] memory payers = new address[](rounds - 1);
        if (rounds > 1) payers[0] = lender1;
        if (rounds > 2) payers[1] = lender2;
        bytes26 digest = opened == FeeReference.NONE ? bytes26(0) : bytes26(digestOf(opened));
        CourtHarness(address(theCourt)).payOut(deal, result, digest, records, payers, dropped);
    }

    function _record(Member memory m) private pure returns (ICourt.Member memory r) {
        (r.seat, r.round) = (uint32(m.seat), uint8(m.round));
        r.standing = m.did == DECLINED ? ICourt.Standing.Declined : ICourt.Standing.Committed;
        if (m.did == DECLINED || m.did == SILENT) return r;
        r.standing = m.did < OR_TIMEOUT ? ICourt.Standing.Revealed : ICourt.Standing.RevealedOrTimeout;
        r.vote = bytes26(digestOf(m.did % OR_TIMEOUT));
    }

    function _sizeOf(uint256 round) private pure returns (uint256) {
        return round == 0 ? 3 : round == 1 ? 7 : 15;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../src/interfaces/ICourt.sol";
import {FeeReference} from "./base/FeeReference.sol";
import {FeeTest} from "./base/FeeTest.sol";

/// @title Every way in which a first round can go, by the court's own calls, against the reference.
contract FeeTableTest is FeeTest {
    uint256 private constant UNOPENED = 6; // committed, and silent afterwards
    uint256[] private _options;

    function firstSeats() internal pure override returns (uint256) {
        return 12;
    }

    /// @dev Each of three places: a seat, or the one that replaced it, which opens one of three digests, is absent or does not
    /// open its vote. The provider opens a digest that some vote for, one that nobody votes for, or nothing.
    function test_firstRound_providerRight() public {
        _all(R, true);
    }

    function test_firstRound_providerWrong() public {
        _all(A, true);
    }

    function test_firstRound_providerAlone() public {
        _all(T, true);
    }

    function test_firstRound_providerSilent() public {
        _all(R, false);
    }

    /// @dev Seats say that a timeout might be true: the provider claims one.
    function test_firstRound_timeoutClaimed() public {
        _allWithTimeouts(T, true);
    }

    function test_firstRound_timeoutNotClaimed() public {
        _allWithTimeouts(R, true);
    }

    function test_firstRound_timeoutAndProviderSilent() public {
        _allWithTimeouts(T, false);
    }

    function _all(uint256 number, bool opens) private {
        _options = [R, A, B, SILENT, UNOPENED];
        _each(number, opens, 2 * _options.length);
    }

    function _allWithTimeouts(uint256 number, bool opens) private {
        _options = [R, A, T, R | OR_TIMEOUT, A | OR_TIMEOUT, T | OR_TIMEOUT, SILENT];
        _each(number, opens, _options.length);
    }

    /// @param count of options for each place; the second half of twice as many is that of replacements
    function _each(uint256 number, bool opens, uint256 count) private {
        disputeOver(number);
        drawAll();
        uint256 since = block.timestamp;
        uint256 paths;
        for (; paths < count ** 3; ++paths) {
            vm.warp(since);
            runs(
                abi.encodeCall(
                    this.path, (paths % count, (paths / count) % count, paths / count / count, number, opens)
                )
            );
        }
    }

    function path(uint256 a, uint256 b, uint256 c, uint256 number, bool opens) external {
        uint256[3] memory options = [a, b, c];
        Member[] memory members = new Member[](6);
        uint256 count = 3;
        uint256[3] memory places;
        for (uint256 i = 0; i < 3; ++i) {
            places[i] = i;
            if (options[i] < _options.length) continue;
            decline(i);
            members[i].did = DECLINED;
            places[i] = count++;
        }
        for (uint256 i = 0; i < 3; ++i) {
            members[places[i]].did = _options[options[i] % _options.length];
        }
        assembly ("memory-safe") {
            mstore(members, count)
        }
        _play(members, opens);
        for (uint256 i = 0; i < count; ++i) {
            members[i].seat = theCourt.memberOf(id, i).seat;
            if (members[i].did == UNOPENED) members[i].did = SILENT;
        }
        finish();
        assertPaid(members, opens ? number : FeeReference.NONE, 1);
        revert Done();
    }

    function _play(Member[] memory members, bool opens) private {
        for (uint256 i = 0; i < members.length; ++i) {
            uint256 did = members[i].did;
            if (did == DECLINED || did == SILENT) continue;
            commit(i, did == UNOPENED ? RIGHT : digestOf(did % OR_TIMEOUT), did >= OR_TIMEOUT);
        }
        if (theCourt.disputeOf(id).phase == ICourt.Phase.Voting) passDeadline();
        if (opens) revealCommitment();
        for (uint256 i = 0; i < members.length; ++i) {
            uint256 did = members[i].did;
            if (did < SILENT || did >= OR_TIMEOUT) reveal(i, digestOf(did % OR_TIMEOUT), did >= OR_TIMEOUT);
        }
        ICourt.Dispute memory d = theCourt.disputeOf(id);
        if (d.phase == ICourt.Phase.Judged) return;
        // where the vote window ended by itself and nobody has said so
        vm.warp(d.deadline + (d.phase == ICourt.Phase.Voting ? REVEAL_WINDOW : 0) + 1);
        theCourt.tally(deal);
    }
}

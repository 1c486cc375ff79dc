// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICourt} from "../src/interfaces/ICourt.sol";
import {IDealEscrow} from "../src/interfaces/IDealEscrow.sol";
import {Calls} from "./base/Calls.sol";
import {CourtTest} from "./base/CourtTest.sol";
import {Stranger} from "./base/Stranger.sol";
import {Test} from "./base/Test.sol";

/// @title What the handlers reach by random calls, and that anybody alone gets out of it again.
contract LivenessTest is Test {
    uint256 private constant WALKS = 24;
    uint256 private constant CALLS = 400;
    uint256 private constant LOOK_EVERY = 3;
    uint256 private constant OF_ONE_KIND = 25;
    uint256 private constant EACH = 3;
    uint256 private constant ROUNDS = 3;

    Stranger private _world;
    bytes4[] private _selectors = Calls.all();
    bytes4[] private _wanted = Calls.reached();
    /// @dev how many deals were driven to their end from each kind of state
    mapping(bytes32 situation => uint256) private _drivenFrom;
    /// @dev how many disputes ended after so many judged rounds
    mapping(uint256 rounds => mapping(bool providerWrong => uint256)) private _endings;
    mapping(bytes4 call => uint256) private _successes;
    uint256 private _dropped;
    uint256 private _usurped;

    function setUp() public {
        vm.warp(1_800_000_000);
        vm.roll(20_000_000);
        vm.pauseGasMetering();
    }

    /// @dev Invariants that hold because nothing ever happens prove nothing: walks as long as the fuzzer's do reach everything.
    function test_handlers_reachEveryCallAndEveryEnd() public {
        for (uint256 walk = 0; walk < WALKS; ++walk) {
            _world = new Stranger();
            for (uint256 i = 0; i < CALLS; ++i) {
                _randomCall(walk * CALLS + i);
            }
            _count();
        }
        for (uint256 i = 0; i < _wanted.length; ++i) {
            assertTrue(_successes[_wanted[i]] >= EACH, "reached");
        }
        for (uint256 rounds = 1; rounds <= ROUNDS; ++rounds) {
            assertTrue(_endings[rounds][false] != 0, "the provider was right after so many rounds");
            assertTrue(_endings[rounds][true] != 0, "the provider was wrong after so many rounds");
        }
        assertTrue(_dropped >= EACH, "rounds were dropped");
        assertTrue(_usurped >= EACH, "the adversary may do what harms nobody");
    }

    function _count() private {
        for (uint256 i = 0; i < _wanted.length; ++i) {
            _successes[_wanted[i]] += _world.successes(_wanted[i]);
        }
        for (uint256 rounds = 1; rounds <= ROUNDS; ++rounds) {
            _endings[rounds][false] += _world.endings(rounds, false);
            _endings[rounds][true] += _world.endings(rounds, true);
        }
        _dropped += _world.dropped();
        _usurped += _world.usurped();
        assertTrue(bytes(_world.broken()).length == 0, _world.broken());
    }

    /// @dev Each live deal of many states is ended by a stranger, for itself, and in the time that docs/court.md promises.
    function test_anybody_endsEveryDealFromEveryStateInBoundedTime() public {
        for (uint256 walk = 0; walk < WALKS; ++walk) {
            _world = new Stranger();
            for (uint256 i = 0; i < CALLS; ++i) {
                _randomCall(walk * CALLS + i);
                if (i % LOOK_EVERY == 0) _endEachInTime();
            }
        }
        assertTrue(_drivenFrom[_situation(IDealEscrow.State.Open, ICourt.Phase.None, 0)] >= EACH, "open");
        assertTrue(_drivenFrom[_situation(IDealEscrow.State.Submitted, ICourt.Phase.None, 0)] >= EACH, "submitted");
        for (uint256 round = 0; round < ROUNDS; ++round) {
            for (uint256 phase = 1; phase <= uint256(type(ICourt.Phase).max); ++phase) {
                bytes32 situation = _situation(IDealEscrow.State.Disputed, ICourt.Phase(phase), round);
                assertTrue(_drivenFrom[situation] >= EACH, "disputed, in every phase of every round");
            }
        }
    }

    function _endEachInTime() private {
        uint256[] memory live = _world.liveDeals();
        for (uint256 k = 0; k < live.length; ++k) {
            _endsInTime(live[k]);
        }
    }

    function _endsInTime(uint256 i) private {
        ICourt.Dispute memory d = _world.seenAt(i);
        bytes32 situation = _situation(_world.states(i), d.phase, d.round);
        if (++_drivenFrom[situation] > OF_ONE_KIND) return;
        uint256 most = _world.boundOf(i);
        (uint256 time, uint256 number) = (block.timestamp, block.number);
        try _world.rehearse(i) {}
        catch (bytes memory told) {
            assertEq(told, abi.encodeWithSelector(Stranger.Rehearsed.selector, _taken(told), true, ""), "ended");
            assertTrue(_taken(told) <= most, "in time");
        }
        vm.warp(time);
        vm.roll(number);
    }

    /// @dev The first value of the error.
    function _taken(bytes memory told) private pure returns (uint256 time) {
        assembly ("memory-safe") {
            time := mload(add(told, 0x24))
        }
    }

    function _situation(IDealEscrow.State state, ICourt.Phase phase, uint256 round) private pure returns (bytes32) {
        return keccak256(abi.encode(state, phase, round));
    }

    function _randomCall(uint256 i) private {
        uint256 seed = uint256(keccak256(abi.encode(i)));
        bytes4 selector = _selectors[seed % _selectors.length];
        (bool success,) =
            address(_world).call(abi.encodePacked(selector, seed >> 8, seed >> 16, seed >> 24, seed >> 32, seed >> 40));
        assertTrue(success, "the handler itself never reverts");
    }
}

/// @title The longest life of a deal: everybody who may delay does, to the last second.
contract LongestLifeTest is CourtTest {
    /// @dev docs/court.md, "How long at most".
    function test_longestLife_isWhatTheDocumentSays() public {
        IDealEscrow.Deal memory terms = committeeDeal(1);
        (deal, id, given) = (terms, idOf(terms), RIGHT);
        result = IDealEscrow.Result(id, keccak256(abi.encode(id, RIGHT, SALT)), keccak256("manifest"), PRICE);
        open(terms);
        uint256 opened = block.timestamp;
        vm.warp(opened + terms.submitWindow);
        submit(terms, result);
        vm.warp(block.timestamp + terms.reviewWindow);
        challengeDeal();
        for (uint256 round = 0; round < 3; ++round) {
            if (round != 0) {
                passDeadline();
                vm.warp(block.timestamp - 1);
                vm.prank(provider);
                theCourt.appeal(deal, round);
            }
            vm.warp(block.timestamp + 5 * 12);
            drawAll();
            commit(theCourt.disputeOf(id).first, RIGHT); // one vote that is never opened, so that nothing is complete
            vm.warp(theCourt.disputeOf(id).deadline + REVEAL_WINDOW);
            if (round == 0) revealCommitment();
            vm.warp(block.timestamp + 1);
            theCourt.tally(deal);
        }
        theCourt.finish(deal, result);
        uint256 round_ = 5 * 12 + VOTE_WINDOW + REVEAL_WINDOW + 1;
        uint256 most = terms.submitWindow + terms.reviewWindow + 3 * round_ + 2 * APPEAL_WINDOW;
        assertEq(block.timestamp - opened, most, "seconds from open to the end");
    }
}
